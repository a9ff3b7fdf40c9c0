# Copies the pages to where the room takes them from, where they differ: those that scripts/web built, else one that
# says that there are none. Run at every build, so that pages built later, or by another preset, are noticed.
#   cmake -DBUILT=build/web -DNOT_BUILT=not_built.html -DTO=FOLDER -P copy_pages.cmake
foreach(page report serve)
  set(file ${BUILT}/${page}.html)
  if(NOT EXISTS ${file})
    set(file ${NOT_BUILT})
  endif()
  file(COPY_FILE ${file} ${TO}/${page}.html ONLY_IF_DIFFERENT)
endforeach()
