# What the runtime is made of, and how it is compiled for every target; the
# resource folder is built from the same lists.
#
# Dependences go one way: the program, and the library (what stands here itself),
# know text/ and engine/; text/ knows engine/; engine/ knows none of them, and
# not the program's flags. So engine/ also has what all need (Error.h, System.h)
# and what program and library share: the sampler, and its Math.h and Random.h.

# For compiled programs, for gptc and for the tests.
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

# For compiled programs alone: they link libc and no C++ library.
set(GPTC_PROGRAM_SOURCES
  engine/CxxSupport.cpp
  program/main.cpp)

# No -march: a program on the wrong CPU must be able to say so. No contraction:
# the sampler's arithmetic is the same on every target.
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

# Atomics in place: the helpers that they would call stand in libgcc.
set(GPTC_RUNTIME_OPTIONS_aarch64 -mno-outline-atomics)
