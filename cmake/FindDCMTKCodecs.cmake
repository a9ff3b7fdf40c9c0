# DCMTK::codecs: what unpacks DICOM's pixels. Debian's dcmtk.pc links all of DCMTK's libraries, and its
# DCMTKConfig.cmake asks for the command-line tools.
find_path(DCMTKCodecs_INCLUDE_DIR dcmtk/dcmdata/dccodec.h)
set(DCMTKCodecs_LIBRARIES)
foreach(library IN ITEMS dcmjpeg dcmjpls dcmdata oflog ofstd)
  find_library(DCMTKCodecs_${library} ${library})
  list(APPEND DCMTKCodecs_LIBRARIES ${DCMTKCodecs_${library}})
  mark_as_advanced(DCMTKCodecs_${library})
endforeach()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  DCMTKCodecs REQUIRED_VARS DCMTKCodecs_dcmjpeg DCMTKCodecs_dcmjpls DCMTKCodecs_dcmdata
                            DCMTKCodecs_oflog DCMTKCodecs_ofstd DCMTKCodecs_INCLUDE_DIR)
if(DCMTKCodecs_FOUND AND NOT TARGET DCMTK::codecs)
  add_library(DCMTK::codecs INTERFACE IMPORTED)
  set_target_properties(
    DCMTK::codecs PROPERTIES INTERFACE_LINK_LIBRARIES "${DCMTKCodecs_LIBRARIES}"
                             INTERFACE_INCLUDE_DIRECTORIES ${DCMTKCodecs_INCLUDE_DIR})
endif()
