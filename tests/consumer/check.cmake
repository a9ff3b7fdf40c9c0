# Installs a build, moves the installed tree away from where it was installed, and builds and runs
# the consumer against it.
#   cmake -DBUILD=... -DSCRATCH=... -DGENERATOR=... -DCXX=... -DCXX_FLAGS=... -P check.cmake
function(step what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${what} failed (${status}):\n${said}")
  endif()
  set(said "${said}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${SCRATCH})
file(MAKE_DIRECTORY ${SCRATCH})
step("installing" ${CMAKE_COMMAND} --install ${BUILD} --prefix ${SCRATCH}/first)
file(RENAME ${SCRATCH}/first ${SCRATCH}/moved)

# A path of this machine in the package would break it on the next one.
get_filename_component(source ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
file(GLOB_RECURSE package_files ${SCRATCH}/moved/*.cmake)
if(NOT package_files)
  message(FATAL_ERROR "no package files were installed")
endif()
foreach(file IN LISTS package_files)
  file(READ ${file} text)
  foreach(path IN ITEMS ${source} ${BUILD} ${SCRATCH})
    string(FIND "${text}" "${path}/" at)
    if(NOT at EQUAL -1)
      message(FATAL_ERROR "${file} names ${path}")
    endif()
  endforeach()
endforeach()
file(GLOB_RECURSE headers RELATIVE ${SCRATCH}/moved/include ${SCRATCH}/moved/include/*)
foreach(header IN LISTS headers)
  if(NOT header MATCHES "^puente/[a-z_]+\\.h$")
    message(FATAL_ERROR "${header} is installed but not public")
  endif()
endforeach()

step("configuring the consumer" ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${SCRATCH}/build
     -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_CXX_FLAGS=${CXX_FLAGS}
     -DCMAKE_PREFIX_PATH=${SCRATCH}/moved)
step("building the consumer" ${CMAKE_COMMAND} --build ${SCRATCH}/build)
step("running the consumer" ${SCRATCH}/build/consumer ${SCRATCH}/table.csv)
message("${said}")
if(EXISTS ${SCRATCH}/moved/bin/puente)
  step("running the installed program" ${SCRATCH}/moved/bin/puente --help)
  step("reading an installed recipe" ${SCRATCH}/moved/bin/puente recipe check ham10000)
endif()
file(REMOVE_RECURSE ${SCRATCH})
