//===- Link.cpp - Object to executable, in process ------------------------===//

#include "compiler/codegen/Link.h"
#include "compiler/codegen/Target.h"
#include "lld/Common/Driver.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

LLD_HAS_DRIVER(elf)

using namespace llvm;
using sys::fs::TempFile;

namespace gptc {

std::string findResourceFolder(const char *argv0, void *anchor) {
  SmallString<128> path(sys::fs::getMainExecutable(argv0, anchor));
  sys::path::remove_filename(path);
  sys::path::append(path, "..", "lib", "gptc");
  sys::path::remove_dots(path, /*remove_dot_dot=*/true);
  return std::string(path);
}

/// The names of the subfolders of `folder`, in order.
static std::vector<std::string> listTargets(StringRef folder) {
  std::vector<std::string> targets;
  std::error_code code;
  for (sys::fs::directory_iterator it(folder, code), end; !code && it != end;
       it.increment(code))
    targets.push_back(sys::path::filename(it->path()).str());
  llvm::sort(targets);
  return targets;
}

static Error checkResources(StringRef folder, StringRef target) {
  std::vector<std::string> targets = listTargets(folder);
  if (is_contained(targets, target))
    return Error::success();
  return createStringError("'" + folder + "' has no runtime for the target " +
                           target + ": it has " +
                           (targets.empty() ? "none" : join(targets, ", ")));
}

/// lld's command line.
static std::vector<std::string> linkerArguments(const Target &target,
                                                StringRef folder,
                                                StringRef object,
                                                StringRef output) {
  bool x86 = target.getTriple().isX86();
  std::vector<std::string> arguments = {"ld.lld", "-pie", "-o", output.str()};
  for (StringRef option :
       {x86 ? "-melf_x86_64" : "-maarch64linux", "--hash-style=gnu",
        "--eh-frame-hdr", "--build-id=none", "--gc-sections", "--as-needed",
        "-zrelro", "-znow", "-dynamic-linker",
        x86 ? "/lib64/ld-linux-x86-64.so.2" : "/lib/ld-linux-aarch64.so.1"})
    arguments.push_back(option.str());
  auto addResource = [&](StringRef name) {
    arguments.push_back((folder + "/" + target.getName() + "/" + name).str());
  };
  for (StringRef name : {"Scrt1.o", "crti.o", "crtbeginS.o"})
    addResource(name);
  arguments.push_back(object.str());
  for (StringRef name : {"libgptc_runtime.a", "libgcc.a", "libc.so.6",
                         "libc_nonshared.a", "crtendS.o", "crtn.o"})
    addResource(name);
  return arguments;
}

static Error runLinker(ArrayRef<std::string> arguments) {
  std::vector<const char *> pointers;
  for (const std::string &argument : arguments)
    pointers.push_back(argument.c_str());
  std::string messages;
  raw_string_ostream os(messages);
  lld::Result result =
      lld::lldMain(pointers, os, os, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode == 0)
    return Error::success();
  StringRef first = StringRef(messages).split('\n').first;
  first.consume_front("ld.lld: error: ");
  return createStringError("cannot link: " + first);
}

/// A file in the system's folder for temporary files.
static Expected<TempFile> createTemporary(StringRef suffix) {
  SmallString<128> model;
  sys::path::system_temp_directory(/*ErasedOnReboot=*/true, model);
  sys::path::append(model, "gptc-%%%%%%%%" + suffix);
  auto file = TempFile::create(model);
  if (!file)
    return createStringError("cannot write a temporary file '" + model +
                             "': " + toString(file.takeError()));
  return file;
}

Expected<std::unique_ptr<MemoryBuffer>>
linkProgram(StringRef object, const Target &target, StringRef resourceFolder) {
  if (Error error = checkResources(resourceFolder, target.getName()))
    return error;

  auto input = createTemporary(".o");
  if (!input)
    return input.takeError();
  scope_exit removeInput([&] { consumeError(input->discard()); });
  auto output = createTemporary("");
  if (!output)
    return output.takeError();
  scope_exit removeOutput([&] { consumeError(output->discard()); });

  raw_fd_ostream stream(input->FD, /*shouldClose=*/false);
  stream << object;
  stream.flush();
  if (std::error_code code = stream.error()) {
    stream.clear_error();
    return createStringError("cannot write the temporary file '" +
                             input->TmpName + "': " + code.message());
  }
  if (Error error = runLinker(linkerArguments(target, resourceFolder,
                                              input->TmpName, output->TmpName)))
    return error;

  auto program = MemoryBuffer::getFile(output->TmpName, /*IsText=*/false,
                                       /*RequiresNullTerminator=*/false);
  if (!program)
    return createStringError("cannot read the linked program: " +
                             program.getError().message());
  return std::move(*program);
}

} // namespace gptc
