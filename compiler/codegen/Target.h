//===- Target.h - The target machine of code generation -------------------===//

#ifndef GPTC_COMPILER_CODEGEN_TARGET_H
#define GPTC_COMPILER_CODEGEN_TARGET_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"
#include <memory>
#include <string>

namespace llvm {
class MCSubtargetInfo;
class Target;
class TargetMachine;
} // namespace llvm

namespace gptc {

class Target {
public:
  /// `triple` is one that --target takes, or empty for the host. `march` is
  /// `native`, which needs the host's architecture, or one of LLVM's CPU names;
  /// empty means `native` on the host and the baseline elsewhere.
  static llvm::Expected<Target> create(llvm::StringRef triple,
                                       llvm::StringRef march);
  Target(Target &&);
  Target &operator=(Target &&);
  ~Target();

  /// Returns the value of --target, which also names a subfolder of the
  /// resource folder.
  llvm::StringRef getName() const { return name; }
  const llvm::Triple &getTriple() const { return triple; }
  /// Returns LLVM's name of the CPU.
  llvm::StringRef getCpu() const { return cpu; }
  /// Returns LLVM's feature string: how the host differs from its CPU's name.
  llvm::StringRef getFeatures() const { return features; }

  /// Returns whether the CPU has `feature`, one of LLVM's names.
  bool hasFeature(llvm::StringRef feature) const;

  /// Returns the features of runtime/engine/CpuFeatures.h that the CPU has
  /// beyond the architecture's baseline, joined by commas. A program checks
  /// them when it starts.
  std::string getRequiredFeatures() const;

  std::unique_ptr<llvm::TargetMachine> createMachine() const;

private:
  Target(llvm::StringRef name, const llvm::Target &backend);
  llvm::Error checkBaseline() const;

  std::string name;
  llvm::Triple triple;
  const llvm::Target *backend;
  std::string cpu, features;
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget;
};

} // namespace gptc

#endif // GPTC_COMPILER_CODEGEN_TARGET_H
