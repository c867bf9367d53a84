# What the runtime is made of, and how it is compiled for every target; the
# resource folder is built from the same lists.

# For compiled programs, for gptc and for the tests.
set(GPTC_RUNTIME_SOURCES
  Chat.cpp
  Container.cpp
  CpuCheck.cpp
  Engine.cpp
  Error.cpp
  Generator.cpp
  KvCache.cpp
  Library.cpp
  LibraryContext.cpp
  NpyWriter.cpp
  Options.cpp
  Output.cpp
  Perplexity.cpp
  Program.cpp
  Sampler.cpp
  Session.cpp
  System.cpp
  ThreadPool.cpp
  Tokenizer.cpp
  TokenizerMerger.cpp
  TokenizerNormalizer.cpp
  TokenizerTables.cpp
  TokenizerWords.cpp)

# For compiled programs alone: they link libc and no C++ library.
set(GPTC_PROGRAM_SOURCES
  CxxSupport.cpp
  main.cpp)

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
