find_package(GTest REQUIRED)

# gptc_add_unit_test(NAME sources... LIBRARIES libraries...)
#
# A GoogleTest program that lit finds in build/PRESET/test/unit by its suffix;
# NAME ends in -tests.
function(gptc_add_unit_test name)
  cmake_parse_arguments(PARSE_ARGV 1 test "" "" "LIBRARIES")
  add_executable(${name} EXCLUDE_FROM_ALL ${test_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${test_LIBRARIES} GTest::gtest_main)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/test/unit)
  # lit passes over a program that cannot list its tests.
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND ${name} --gtest_list_tests >/dev/null)
  set_property(GLOBAL APPEND PROPERTY GPTC_UNIT_TESTS ${name})
endfunction()
