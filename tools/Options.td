//===- Options.td - The command line of gptc ---------------*- tablegen -*-===//

include "llvm/Option/OptParser.td"

class F<string letter, string help> : Flag<["-"], letter>, HelpText<help>;

class Long<string name, string help> : Flag<["--", "-"], name>, HelpText<help>;

/// --NAME=VALUE or --NAME VALUE
multiclass Eq<string name, string value, string help> {
  def NAME : Separate<["--", "-"], name>;
  def NAME#_eq : Joined<["--", "-"], name#"=">, Alias<!cast<Separate>(NAME)>,
                 HelpText<help>, MetaVarName<value>;
}

//===----------------------------------------------------------------------===//
// Output
//===----------------------------------------------------------------------===//

def output_group : OptionGroup<"output">, HelpText<"OUTPUT">;
let Group = output_group in {
def o : JoinedOrSeparate<["-"], "o">, MetaVarName<"<file>">,
        HelpText<"Output file; by default the model's name, text to stdout">;
defm emit : Eq<"emit", "<form>", "A phase (graph to llvm), llvm-ir, asm, obj, static, shared or exe">;
def S : F<"S", "Same as --emit=asm">;
def c : F<"c", "Same as --emit=obj">;
defm from : Eq<"from", "<phase>", "MODEL is a dump made after <phase>: go on from there">;
defm dump_ir : Eq<"dump-ir", "<folder>", "Write a numbered file after each phase">;
}

//===----------------------------------------------------------------------===//
// Code and weights
//===----------------------------------------------------------------------===//

def code_group : OptionGroup<"code">, HelpText<"CODE AND WEIGHTS">;
let Group = code_group in {
let Values = "native,x86-64-v3,x86-64-v4" in
defm march : Eq<"march", "<cpu>", "native (default), x86-64-v3, x86-64-v4 or LLVM's name of a CPU">;
let Values = "x86_64-linux-gnu,aarch64-linux-gnu" in
defm target : Eq<"target", "<triple>", "x86_64-linux-gnu or aarch64-linux-gnu">;
let Values = "f32,bf16" in
defm dtype : Eq<"dtype", "<type>", "Pack weights as f32 or bf16; by default as stored, f16 as f32">;
let Values = "embedded,external" in
defm weights : Eq<"weights", "<where>", "embedded (default), or external: in <output>.weights">;
defm chat_template : Eq<"chat-template", "<name>", "chatml, llama3 …: the chat format, instead of the model's own">;
defm weights_from : Eq<"weights-from", "<folder>", "Where the checkpoint of a .mlir file lies now">;
defm tile : Eq<"tile", "<kernel>:<M>x<N>", "Another size than the tile table's, for tests">;
}

//===----------------------------------------------------------------------===//
// Instead of compiling
//===----------------------------------------------------------------------===//

def other_group : OptionGroup<"other">, HelpText<"INSTEAD OF COMPILING">;
let Group = other_group in {
def explain : Long<"explain", "Print what each op costs at the machine's limits: prefill, decode">;
defm prompt : Eq<"prompt", "<count>", "Explain a prompt of so many tokens; 512 by default">;
defm peak : Eq<"peak", "<GFLOP/s>", "Compute's limit, instead of measuring it">;
defm bandwidth : Eq<"bandwidth", "<GB/s>", "Memory's limit, instead of measuring it">;
def interpret : Long<"interpret", "Run the reference interpreter">;
defm tokens : Eq<"tokens", "<ids>", "Run it on these ids, joined by commas">;
defm logits : Eq<"logits", "<file>", "Write the logits of each token to an NPY file">;
defm activations : Eq<"activations", "<file>", "Write what each op computed to a safetensors file">;
defm tokenize : Eq<"tokenize", "<file>", "Print the token ids of a file; - is stdin">;
defm detokenize : Eq<"detokenize", "<file>", "Print the bytes of a file of token ids">;
}

def general_group : OptionGroup<"general">, HelpText<"GENERAL">;
let Group = general_group in {
def v : F<"v", "Say what is done and how long it takes, and print the passes' remarks">;
def time : Long<"time", "Print how long each step of compiling takes">;
def version : Long<"version", "Print gptc's version">;
def help : Long<"help", "Print this page">;
def : Flag<["-"], "h">, Alias<help>;
}

/// For the build, which installs both.
def generate : Joined<["--"], "generate=">, Flags<[HelpHidden]>,
               HelpText<"Print the completion for bash, or the man page">;
