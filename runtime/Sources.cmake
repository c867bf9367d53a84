# The sources of the runtime and their compile options for every target. The
# resource folder is built from the same lists.
#
# Dependencies go one way: program/ and the library (the files of this folder)
# depend on text/ and engine/; text/ depends on engine/; engine/ depends on none
# of them. So engine/ also holds what all of them need (Error.h, System.h) and
# what program and library share: the sampler with its Math.h and Random.h.

# For compiled programs, gptc and the tests.
set(GPTC_RUNTIME_SOURCES
  Library.cpp
  LibraryContext.cpp
  engine/Container.cpp
  engine/CpuCheck.cpp
  engine/Engine.cpp
  engine/Error.cpp
  engine/KvCache.cpp
  engine/Sampler.cpp
  engine/Session.cpp
  engine/System.cpp
  engine/ThreadPool.cpp
  program/Generator.cpp
  program/NpyWriter.cpp
  program/Options.cpp
  program/Output.cpp
  program/Perplexity.cpp
  program/Program.cpp
  text/Chat.cpp
  text/Tokenizer.cpp
  text/TokenizerMerger.cpp
  text/TokenizerNormalizer.cpp
  text/TokenizerTables.cpp
  text/TokenizerWords.cpp)

# For compiled programs only, which link libc and no C++ library.
set(GPTC_PROGRAM_SOURCES
  engine/CxxSupport.cpp
  program/main.cpp)

# There is no -march, because the CPU check must run on any CPU. There is no
# contraction, because the sampler must give the same results on every target.
set(GPTC_RUNTIME_OPTIONS
  -O2
  -fPIC
  -fvisibility=hidden
  -fno-exceptions
  -fno-rtti
  -fno-threadsafe-statics
  -ffunction-sections
  -fdata-sections
  -ffp-contract=off
  -DGPTC_VERSION="${PROJECT_VERSION}")

# Atomics are inlined, because their out-of-line helpers are in libgcc.
set(GPTC_RUNTIME_OPTIONS_aarch64 -mno-outline-atomics)
