// RUN: gptc-opt %s --split-input-file --verify-diagnostics

// role_c1
// expected-error @below {{argument 0 is 'tensor<4xf32>', which is no tokens}}
func.func private @tokens_that_are_no_ids(tensor<4xf32> {gpt.role = #gpt.role<tokens>})

// -----

// role_c1
// expected-error @below {{result 0 is 'tensor<4x8xbf16>', which is no logits}}
func.func private @logits_in_bf16() -> (tensor<4x8xbf16> {gpt.role = #gpt.role<logits>})

// -----

// role_c1
// expected-error @below {{argument 0 is 'memref<?x2x2x2x512xf32>', which is no cache}}
func.func private @a_cache_without_positions(memref<?x2x2x2x512xf32> {gpt.role = #gpt.role<cache>})

// -----

// role_c1
// expected-error @below {{argument 0 is 'memref<?xi8>', which is no weights}}
func.func private @weights_of_unknown_size(memref<?xi8> {gpt.role = #gpt.role<weights>})

// -----

// role_c1
// expected-error @below {{which is no tokens}}
func.func private @tokens_apart(memref<4xi32, strided<[2]>> {gpt.role = #gpt.role<tokens>})

// -----

// role_c1
// expected-error @below {{which is no block_table}}
func.func private @blocks_apart(memref<?x?xi32, strided<[?, 2]>> {gpt.role = #gpt.role<block_table>})

// -----

// role_c1
// expected-error @below {{argument 0 is 'i64', which is no count}}
func.func private @a_count_that_is_no_index(i64 {gpt.role = #gpt.role<count>})

// -----

// role_c2
// expected-error @below {{arguments 0 and 1 both are positions}}
func.func private @positions_twice(tensor<4xi32> {gpt.role = #gpt.role<positions>}, tensor<4xi32> {gpt.role = #gpt.role<positions>})

// -----

// role_c2
// expected-error @below {{results 0 and 1 both are hidden}}
func.func private @hidden_twice() -> (tensor<4x8xf32> {gpt.role = #gpt.role<hidden>}, tensor<4x8xf32> {gpt.role = #gpt.role<hidden>})

// -----

// An argument and a result may share a role.
func.func private @hidden_in_and_out(tensor<4x8xf32> {gpt.role = #gpt.role<hidden>}) -> (tensor<4x8xf32> {gpt.role = #gpt.role<hidden>})

// -----

// expected-error @below {{argument 0 has "gpt.rule" = 1 : i64 but gpt.role = #gpt.role<…> was expected}}
func.func private @another_attribute(tensor<4xi32> {gpt.rule = 1 : i64})

// -----

// expected-error @below {{has "gpt.memory" = 7 : i64 but only gpt.memory = #gpt.memory<…> of a module}}
module attributes {gpt.memory = 7 : i64} {
}

// -----

// expected-error @below {{has "gpt.logits" = 7 : i64 but only gpt.memory}}
func.func private @logits_somewhere() attributes {gpt.logits = 7 : i64}

// -----

// expected-error @below {{has "gpt.leaves" = "logits" but only gpt.memory}}
func.func private @leaves_something() attributes {gpt.leaves = "logits"}
