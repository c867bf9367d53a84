find_package(GTest REQUIRED)

# gptc_add_unit_test(NAME sources... LIBRARIES libraries...)
#
# Adds a GoogleTest program to build/PRESET/test/unit. NAME must end in -tests,
# the suffix by which lit finds it.
function(gptc_add_unit_test name)
  cmake_parse_arguments(PARSE_ARGV 1 test "" "" "LIBRARIES")
  add_executable(${name} EXCLUDE_FROM_ALL ${test_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${test_LIBRARIES} GTest::gtest_main)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/test/unit)
  # lit skips a program that cannot list its tests.
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND ${name} --gtest_list_tests >/dev/null)
  set_property(GLOBAL APPEND PROPERTY GPTC_UNIT_TESTS ${name})
endfunction()
