//===- Target.cpp - The target machine of code generation -----------------===//

#include "compiler/codegen/Target.h"
#include "runtime/engine/CpuFeatures.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/AArch64TargetParser.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"
#include "llvm/TargetParser/X86TargetParser.h"

using namespace llvm;

namespace gptc {

static constexpr StringRef knownTriples[] = {"x86_64-linux-gnu",
                                             "aarch64-linux-gnu"};

Target::Target(StringRef name, const llvm::Target &backend)
    : name(name), triple(Triple::normalize(name)), backend(&backend) {}
Target::Target(Target &&) = default;
Target &Target::operator=(Target &&) = default;
Target::~Target() = default;

static void initializeBackends() {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  LLVMInitializeX86AsmParser(); // for inline assembly
  LLVMInitializeAArch64TargetInfo();
  LLVMInitializeAArch64Target();
  LLVMInitializeAArch64TargetMC();
  LLVMInitializeAArch64AsmPrinter();
  LLVMInitializeAArch64AsmParser();
}

/// Returns the features that the host has and lacks. Their order is fixed,
/// because the string becomes part of the program, and the same input must give
/// the same bytes.
static std::string getHostFeatures() {
  StringMap<bool> host = sys::getHostCPUFeatures();
  std::vector<StringRef> names(host.keys().begin(), host.keys().end());
  llvm::sort(names);
  SubtargetFeatures features;
  for (StringRef name : names)
    features.AddFeature(name, host.lookup(name));
  return features.getString();
}

static Error checkName(StringRef cpu, const Triple &triple) {
  SmallVector<StringRef, 128> names;
  if (triple.isX86())
    X86::fillValidCPUArchList(names, /*Only64Bit=*/true);
  else
    AArch64::fillValidCPUArchList(names);
  if (is_contained(names, cpu))
    return Error::success();
  return createStringError("unknown CPU '" + cpu + "' for " +
                           triple.getArchName() + ": known are native, " +
                           join(names, ", "));
}

/// Checks that the CPU has the vectors and fused multiply-adds that kernels
/// use.
Error Target::checkBaseline() const {
  if (!triple.isX86())
    return Error::success();
  for (const X86Feature &feature : x86Features)
    if (feature.inV3 && !hasFeature(feature.name))
      return createStringError("the CPU '" + getCpu() + "' lacks " +
                               feature.name +
                               ": gptc compiles for x86-64-v3 and newer");
  return Error::success();
}

Expected<Target> Target::create(StringRef name, StringRef march) {
  StringRef host = knownTriples[Triple(sys::getProcessTriple()).isAArch64()];
  if (name.empty())
    name = host;
  if (march.empty())
    march = name == host              ? "native"
            : name == knownTriples[0] ? "x86-64-v3"
                                      : "generic";
  if (!is_contained(knownTriples, name))
    return createStringError("unknown target '" + name + "': known are " +
                             join(ArrayRef(knownTriples), ", "));
  initializeBackends();
  std::string error;
  Triple triple(Triple::normalize(name));
  const llvm::Target *backend = TargetRegistry::lookupTarget(triple, error);
  if (!backend)
    return createStringError(error);

  Target target(name, *backend);
  if (march == "native") {
    Triple host(sys::getProcessTriple());
    if (host.getArch() != triple.getArch())
      return createStringError("the CPU 'native' is " + host.getArchName() +
                               " but the target is " + name +
                               ": name a CPU with --march");
    target.cpu = sys::getHostCPUName();
    target.features = getHostFeatures();
  } else {
    if (Error unknown = checkName(march, triple))
      return unknown;
    target.cpu = march;
  }
  target.subtarget.reset(
      backend->createMCSubtargetInfo(triple, target.cpu, target.features));
  if (Error lacking = target.checkBaseline())
    return lacking;
  return target;
}

static bool has(const MCSubtargetInfo &subtarget, StringRef feature) {
  const SubtargetFeatureKV *row = find_if(
      subtarget.getAllProcessorFeatures(),
      [&](const SubtargetFeatureKV &row) { return feature == row.Key; });
  return row != subtarget.getAllProcessorFeatures().end() &&
         subtarget.hasFeature(row->Value);
}

bool Target::hasFeature(StringRef feature) const {
  return has(*subtarget, feature);
}

std::string Target::getRequiredFeatures() const {
  std::unique_ptr<MCSubtargetInfo> baseline(backend->createMCSubtargetInfo(
      triple, triple.isX86() ? "x86-64" : "generic", ""));
  std::vector<StringRef> required;
  auto collect = [&](const auto &checkedFeatures) {
    for (const auto &feature : checkedFeatures)
      if (hasFeature(feature.name) && !has(*baseline, feature.name))
        required.push_back(feature.name);
  };
  if (triple.isX86())
    collect(x86Features);
  else
    collect(aarch64Features);
  return join(required, ",");
}

std::unique_ptr<TargetMachine> Target::createMachine() const {
  TargetOptions options;
  options.AllowFPOpFusion = FPOpFusion::Strict; // same bits on every CPU
  options.FunctionSections = true;
  options.DataSections = true;
  return std::unique_ptr<TargetMachine>(
      backend->createTargetMachine(triple, cpu, features, options, Reloc::PIC_,
                                   std::nullopt, CodeGenOptLevel::Aggressive));
}

} // namespace gptc
