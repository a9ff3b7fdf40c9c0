# Rooms that sanitizers' builds optimise, since they compute for long in the tests; under
# ThreadSanitizer few tests run.
set(PUENTE_COMPUTES tensor encoders nn fusion)
if(NOT PUENTE_SANITIZE STREQUAL "thread")
  list(APPEND PUENTE_COMPUTES formats image text align eval heads audit demo)
endif()

# Compiles a target quickly: for what takes no time when it runs.
function(puente_quick_build target)
  if(PUENTE_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
  else()
    target_compile_options(${target} PRIVATE -O1)
  endif()
endfunction()

# Sources of a folder, several of them as one: most of a compiler's time goes into the headers that all of
# them include. Names in anonymous namespaces are therefore unique in a room, and in its tests. Kernels
# that Highway compiles once per instruction set (they include themselves) stay alone. CMake's own unity
# builds write absolute paths, which a compiler's cache cannot share between checkouts.
function(puente_together result folder)
  set(alone)
  set(together)
  foreach(source IN LISTS ARGN)
    file(STRINGS ${source} includes_itself REGEX "define HWY_TARGET_INCLUDE" LIMIT_COUNT 1)
    if(includes_itself OR PUENTE_SOURCES_TOGETHER EQUAL 1)
      list(APPEND alone ${source})
    else()
      list(APPEND together ${source})
    endif()
  endforeach()
  set(number 0)
  while(together)
    list(SUBLIST together 0 ${PUENTE_SOURCES_TOGETHER} few)
    list(REMOVE_ITEM together ${few})
    list(TRANSFORM few REPLACE "(.+)" "#include \"${folder}/\\1\"")
    list(JOIN few "\n" text)
    math(EXPR number "${number} + 1")
    set(file ${CMAKE_CURRENT_BINARY_DIR}/together_${number}.cpp)
    file(CONFIGURE OUTPUT ${file} CONTENT "${text}\n" @ONLY)
    list(APPEND alone ${file})
  endwhile()
  set(${result} ${alone} PARENT_SCOPE)
endfunction()

# puente_room(NAME [QUICK_BUILD] [SOURCES ...] [FOREIGN ...] [ROOMS ...] [LIBRARIES ...])
# One folder of src/ as one static library, target puente_NAME. FOREIGN are sources that are hardly
# more than a library's templates: compiled alone, and of the sanitizers only AddressSanitizer looks
# at them (Eigen allocates in another way under it, so it must be everywhere or nowhere). ROOMS are the
# rooms above that it uses; LIBRARIES are outside packages, linked privately so that no header of
# theirs leaks out. Those that are headers only are needed to build a room, but not by who links the
# installed one.
set(PUENTE_HEADERS_ONLY nlohmann_json::nlohmann_json FastFloat::fast_float CLI11::CLI11
                        Eigen3::Eigen)
function(puente_room name)
  cmake_parse_arguments(ROOM "QUICK_BUILD" "" "SOURCES;FOREIGN;ROOMS;LIBRARIES" ${ARGN})
  puente_together(sources ${name} ${ROOM_SOURCES})
  list(APPEND sources ${ROOM_FOREIGN})
  if(PUENTE_SANITIZE AND ROOM_FOREIGN)
    set_source_files_properties(${ROOM_FOREIGN} PROPERTIES COMPILE_OPTIONS
                                                           -fno-sanitize=undefined,thread)
  endif()
  add_library(puente_${name} STATIC ${sources})
  target_include_directories(
    puente_${name}
    PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
           $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
  target_compile_features(puente_${name} PUBLIC cxx_std_20)
  target_compile_options(puente_${name} PRIVATE ${PUENTE_WARNINGS})
  if(PUENTE_SANITIZE MATCHES "undefined" AND name MATCHES "^(tensor|formats|image|nn|fusion)$")
    target_compile_options(puente_${name} PRIVATE -fsanitize=alignment)
  endif()
  if(ROOM_QUICK_BUILD OR (PUENTE_SANITIZE AND NOT name IN_LIST PUENTE_COMPUTES))
    puente_quick_build(puente_${name})
  endif()
  foreach(room IN LISTS ROOM_ROOMS)
    target_link_libraries(puente_${name} PUBLIC puente_${room})
  endforeach()
  foreach(library IN LISTS ROOM_LIBRARIES)
    if(library IN_LIST PUENTE_HEADERS_ONLY)
      target_link_libraries(puente_${name} PRIVATE $<BUILD_INTERFACE:${library}>)
    else()
      target_link_libraries(puente_${name} PRIVATE ${library})
    endif()
  endforeach()
endfunction()

# puente_test(ROOM SOURCES...): one GoogleTest program per room, target test_ROOM.
function(puente_test room)
  puente_together(sources ${room} ${ARGN})
  add_executable(test_${room} ${sources})
  target_compile_options(test_${room} PRIVATE ${PUENTE_WARNINGS})
  # Tests have to be built quickly; what they test is optimised, and checked under sanitizers. The
  # templates of nn and fusion are what is tested.
  if(NOT room MATCHES "^(nn|fusion)$")
    puente_quick_build(test_${room})
    if(PUENTE_SANITIZE)
      target_compile_options(test_${room} PRIVATE -fno-sanitize=undefined)
    endif()
  endif()
  target_link_libraries(test_${room} PRIVATE puente_${room} puente_test_support GTest::gtest_main)
  add_test(NAME ${room} COMMAND test_${room})
  set_tests_properties(${room} PROPERTIES TIMEOUT 900)
endfunction()

# -Wrestrict sees overlaps in std::string's operator+ that are not there (GCC 12, bug 105651).
set(PUENTE_WARNINGS -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND PUENTE_WARNINGS -Wno-restrict)
endif()
