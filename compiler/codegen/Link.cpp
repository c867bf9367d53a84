//===- Link.cpp - Links a program or library in process -------------------===//

#include "compiler/codegen/Link.h"
#include "compiler/codegen/OutputFile.h"
#include "compiler/codegen/Target.h"
#include "lld/Common/Driver.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ObjCopy/ConfigManager.h"
#include "llvm/ObjCopy/ObjCopy.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/Binary.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

LLD_HAS_DRIVER(elf)

using namespace llvm;

namespace gptc {

std::string findResourceFolder(const char *argv0, void *anchor) {
  SmallString<128> path(sys::fs::getMainExecutable(argv0, anchor));
  sys::path::remove_filename(path);
  sys::path::append(path, "..", "lib", "gptc");
  sys::path::remove_dots(path, /*remove_dot_dot=*/true);
  return std::string(path);
}

/// Returns the names of the subfolders of `folder`, sorted.
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

namespace {
/// The command line of lld, except for inputs and outputs.
class CommandLine {
public:
  CommandLine(const Target &target, StringRef resourceFolder)
      : target(target), folder(resourceFolder) {
    add({"ld.lld", isX86() ? "-melf_x86_64" : "-maarch64linux",
         "--build-id=none"});
  }

  bool isX86() const { return target.getTriple().isX86(); }

  void add(std::initializer_list<StringRef> options) {
    for (StringRef option : options)
      arguments.push_back(option.str());
  }
  void addResources(std::initializer_list<StringRef> names) {
    for (StringRef name : names)
      arguments.push_back((folder + "/" + target.getName() + "/" + name).str());
  }
  /// Adds the options that a program and a shared library have in common.
  void addLoadable() {
    add({"--hash-style=gnu", "--eh-frame-hdr", "--gc-sections", "--as-needed",
         "-zrelro", "-znow"});
  }
  /// Adds the system's libraries; they must follow all files that call them.
  void addSystem() {
    addResources({"libgcc.a", "libc.so.6", "libc_nonshared.a", "crtendS.o",
                  "crtn.o"});
  }

  std::vector<std::string> arguments;

private:
  const Target &target;
  StringRef folder;
};
} // namespace

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

/// Runs lld on `object`. `addRest` adds the remaining arguments and puts the
/// object's file in its place among them.
static Expected<std::unique_ptr<MemoryBuffer>>
link(StringRef object, const Target &target, StringRef resourceFolder,
     function_ref<void(CommandLine &line, StringRef object)> addRest) {
  if (Error error = checkResources(resourceFolder, target.getName()))
    return error;

  auto input = createSystemTemporary(".o");
  if (!input)
    return input.takeError();
  scope_exit removeInput([&] { consumeError(input->discard()); });
  auto output = createSystemTemporary("");
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
  CommandLine line(target, resourceFolder);
  line.add({"-o", output->TmpName});
  addRest(line, input->TmpName);
  if (Error error = runLinker(line.arguments))
    return error;

  auto program = MemoryBuffer::getFile(output->TmpName, /*IsText=*/false,
                                       /*RequiresNullTerminator=*/false);
  if (!program)
    return createStringError("cannot read the linked program: " +
                             program.getError().message());
  return std::move(*program);
}

Expected<std::unique_ptr<MemoryBuffer>>
linkProgram(StringRef object, const Target &target, StringRef resourceFolder) {
  return link(object, target, resourceFolder,
              [](CommandLine &line, StringRef file) {
                line.addLoadable();
                line.add({"-pie", "-dynamic-linker",
                          line.isX86() ? "/lib64/ld-linux-x86-64.so.2"
                                       : "/lib/ld-linux-aarch64.so.1"});
                line.addResources({"Scrt1.o", "crti.o", "crtbeginS.o"});
                line.add({file});
                line.addResources({"libgptc_runtime.a"});
                line.addSystem();
              });
}

//===----------------------------------------------------------------------===//
// Libraries
//===----------------------------------------------------------------------===//

/// Makes all global symbols but those of gptc.h local, so that a library cannot
/// clash with another one: through the runtime, through templates of the C++
/// library, or with another compiled model.
static Expected<std::unique_ptr<MemoryBuffer>>
hideNames(const MemoryBuffer &object) {
  auto binary = object::createBinary(object.getMemBufferRef());
  if (!binary)
    return binary.takeError();
  objcopy::ConfigManager config;
  config.ELF.LocalizeHidden = true;
  auto interface = objcopy::NameOrPattern::create(
      "gptc_*", objcopy::MatchStyle::Wildcard,
      [](Error error) { return error; });
  if (Error error =
          config.Common.SymbolsToKeepGlobal.addMatcher(std::move(interface)))
    return error;
  SmallVector<char, 0> bytes;
  raw_svector_ostream out(bytes);
  if (Error error = objcopy::executeObjcopyOnBinary(config, **binary, out))
    return error;
  return std::make_unique<SmallVectorMemoryBuffer>(
      std::move(bytes), /*RequiresNullTerminator=*/false);
}

/// Links the code and the parts of the runtime that it needs into one object.
static Expected<std::unique_ptr<MemoryBuffer>>
linkInterface(StringRef object, const Target &target,
              StringRef resourceFolder) {
  auto linked = link(object, target, resourceFolder,
                     [](CommandLine &line, StringRef file) {
                       // Without this option a COMDAT group with hidden symbols
                       // would still be dropped in favor of one with the same
                       // name in the user's program.
                       line.add({"-r", "--force-group-allocation", file});
                       // One function of each archive member that defines
                       // functions of gptc.h.
                       line.add({"-u", "gptc_interface", "-u",
                                 "gptc_evaluate"});
                       line.addResources({"libgptc_runtime.a"});
                     });
  if (!linked)
    return linked;
  return hideNames(**linked);
}

Expected<std::unique_ptr<MemoryBuffer>>
linkStaticLibrary(StringRef object, const Target &target,
                  StringRef resourceFolder) {
  auto linked = linkInterface(object, target, resourceFolder);
  if (!linked)
    return linked;
  NewArchiveMember member(
      MemoryBufferRef((*linked)->getBuffer(), "gptc.o"));
  return writeArchiveToBuffer(member, SymtabWritingMode::NormalSymtab,
                              object::Archive::K_GNU, /*Deterministic=*/true,
                              /*Thin=*/false);
}

Expected<std::unique_ptr<MemoryBuffer>>
linkSharedLibrary(StringRef object, const Target &target,
                  StringRef resourceFolder, StringRef name) {
  auto linked = linkInterface(object, target, resourceFolder);
  if (!linked)
    return linked;
  return link((*linked)->getBuffer(), target, resourceFolder,
              [&](CommandLine &line, StringRef file) {
                line.addLoadable();
                line.add({"-shared", "-zdefs", "-soname", name});
                line.addResources({"crti.o", "crtbeginS.o"});
                line.add({file});
                if (line.isX86())
                  line.addResources({"ld-linux-x86-64.so.2"});
                line.addSystem();
              });
}

} // namespace gptc
