// The precompiled headers need a source file to be compiled with.
