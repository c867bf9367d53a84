//===- VectorMathTest.cpp - Tests vector math against long double ---------===//
//
// The limits are those stated in passes/cpu/VectorBuilder.h.
//
//===----------------------------------------------------------------------===//

#include "compiler/Model.h"
#include "compiler/Pipeline.h"
#include "compiler/codegen/Object.h"
#include "compiler/codegen/Target.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "passes/cpu/VectorBuilder.h"
#include "runtime/engine/ThreadPool.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/TargetParser/Host.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace gptc;
using gpt::Activation;
using llvm::cantFail;
using mlir::Value;

using Body = llvm::function_ref<Value(VectorBuilder &, Value)>;
using Exact = llvm::function_ref<long double(long double)>;
using Distance = long double (*)(float x, float value, long double exact);

static constexpr float infinity = std::numeric_limits<float>::infinity();
/// The argument below which expNotPositive is zero.
static constexpr float lowest = -87.33f;

//===----------------------------------------------------------------------===//
// Compiling and running
//===----------------------------------------------------------------------===//

/// Builds kernel(p): p[0 .. 16) = body(p[0 .. 16)).
static mlir::OwningOpRef<mlir::ModuleOp> build(mlir::MLIRContext &context,
                                               Body body) {
  VectorBuilder b(mlir::UnknownLoc::get(&context), &context);
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(b.getLoc());
  b.setInsertionPointToStart(module->getBody());
  auto type = mlir::LLVM::LLVMFunctionType::get(
      mlir::LLVM::LLVMVoidType::get(&context),
      mlir::LLVM::LLVMPointerType::get(&context));
  auto kernel = mlir::LLVM::LLVMFuncOp::create(b, "kernel", type);
  b.setInsertionPointToStart(kernel.addEntryBlock(b));
  auto lanes = mlir::MemRefType::get(cpu::lanes, b.getF32Type());
  Value descriptor = mlir::MemRefDescriptor::fromStaticShape(
      b, b.getLoc(), mlir::LLVMTypeConverter(&context), lanes,
      kernel.getArgument(0));
  Value buffer = mlir::UnrealizedConversionCastOp::create(b, lanes, descriptor)
                     .getResult(0);
  Value zero = b.index(0);
  b.store(body(b, b.load(buffer, zero)), buffer, zero);
  mlir::LLVM::ReturnOp::create(b, mlir::ValueRange());
  return module;
}

/// Compiles an object file for this machine, as for a program.
static llvm::SmallString<0> compile(Body body) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  auto module = build(context, body);
  mlir::PassManager pm(&context);
  lowerToLlvm(pm);
  EXPECT_TRUE(succeeded(pm.run(*module)));

  llvm::Triple host(llvm::sys::getProcessTriple());
  Target target = cantFail(
      Target::create((host.getArchName() + "-linux-gnu").str(), "native"));
  llvm::SmallString<0> object;
  llvm::raw_svector_ostream stream(object);
  cantFail(emitCode(*module, target, CodeForm::object, stream));
  return object;
}

/// Returns `body` of every value of `x`, in the runtime's floating-point mode.
static std::vector<float> run(Body body, std::vector<float> x) {
  llvm::SmallString<0> object = compile(body);
  auto jit = cantFail(llvm::orc::LLJITBuilder().create());
  cantFail(jit->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(object)));
  auto *kernel = cantFail(jit->lookup("kernel")).toPtr<void (*)(float *)>();
  size_t size = x.size();
  x.resize(llvm::alignTo(size, cpu::lanes));
  FlushDenormals flush;
  for (size_t i = 0; i < size; i += cpu::lanes)
    kernel(&x[i]);
  x.resize(size);
  return x;
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

static long double absolute(float, float value, long double exact) {
  return std::fabs(value - exact);
}
static long double ofTheValue(float, float value, long double exact) {
  return value == exact ? 0 : std::fabs((value - exact) / exact);
}
static long double ofTheArgument(float x, float value, long double exact) {
  return value == exact ? 0 : std::fabs((value - exact) / x);
}
/// Returns the error in units in the last place of `exact`.
static long double units(float, float value, long double exact) {
  int exponent;
  std::frexp(exact, &exponent);
  return std::fabs(value - exact) / std::ldexp(1.0L, exponent - 24);
}

/// Returns values of both signs: zero, a denormal, the floats around `lowest`
/// and `greatest`, and every 4099th float from 2^-64 to `greatest`. As that is
/// a prime, the low bits vary.
static std::vector<float> samples(float greatest) {
  std::vector<float> x = {0,
                          0x1p-130f,
                          std::nextafter(lowest, 0.0f),
                          lowest,
                          std::nextafter(lowest, -infinity),
                          greatest};
  auto first = llvm::bit_cast<uint32_t>(0x1p-64f);
  auto last = llvm::bit_cast<uint32_t>(greatest);
  for (uint32_t bits = first; bits < last; bits += 4099)
    x.push_back(llvm::bit_cast<float>(bits));
  for (size_t i = 0, count = x.size(); i < count; ++i)
    x.push_back(-x[i]);
  return x;
}

/// Expects error(x, body(x), exact(x)) <= limit for each x and prints the
/// maximum.
static void expectWithin(long double limit, Distance error,
                         const std::vector<float> &x, Body body, Exact exact) {
  std::vector<float> values = run(body, x);
  long double greatest = -1, wanted = 0;
  size_t worst = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    // A denormal argument counts as zero.
    bool isDenormal = std::fpclassify(x[i]) == FP_SUBNORMAL;
    long double right = exact(isDenormal ? 0 : x[i]);
    long double found = error(x[i], values[i], right);
    if (found <= greatest)
      continue;
    greatest = std::isnan(found) ? infinity : found;
    wanted = right;
    worst = i;
  }
  EXPECT_LE(greatest, limit) << "f(x[" << worst << "] = " << x[worst] << ") is "
                             << values[worst] << " instead of " << wanted;
}

//===----------------------------------------------------------------------===//
// The functions
//===----------------------------------------------------------------------===//

TEST(VectorMath, exponential) {
  std::vector<float> x = samples(infinity);
  std::erase_if(x, [](float value) { return value > 0; });
  auto body = [](auto &b, Value x) { return b.expNotPositive(x); };
  expectWithin(1, units, x, body,
               [](long double x) { return x < lowest ? 0 : std::exp(x); });
  EXPECT_EQ(run(body, {0, -0.0f}), (std::vector<float>{1, 1}));
}

static long double exactSigmoid(long double x) {
  return x < lowest ? 0 : 1 / (1 + std::exp(-x));
}

TEST(VectorMath, sigmoid) {
  expectWithin(
      2.5, units, samples(infinity),
      [](auto &b, Value x) { return b.sigmoid(x); }, exactSigmoid);
}

TEST(VectorMath, hyperbolic_tangent) {
  expectWithin(
      2e-7, ofTheValue, samples(infinity),
      [](auto &b, Value x) { return b.tanh(x); },
      [](long double x) { return std::tanh(x); });
}

TEST(VectorMath, soft_cap) {
  for (float cap : {0.7f, 30.0f, 50.0f})
    expectWithin(
        3e-7, ofTheValue, samples(infinity),
        [&](auto &b, Value x) { return b.softCap(x, cap); },
        [&](long double x) { return cap * std::tanh(x / cap); });
}

TEST(VectorMath, sine_and_cosine) {
  expectWithin(
      0x1p-23, absolute, samples(0x1p20f),
      [](auto &b, Value x) { return b.sinCos(x).first; },
      [](long double x) { return std::sin(x); });
  expectWithin(
      0x1p-23, absolute, samples(0x1p20f),
      [](auto &b, Value x) { return b.sinCos(x).second; },
      [](long double x) { return std::cos(x); });
}

TEST(VectorMath, error_function) {
  expectWithin(
      6e-7, absolute, samples(infinity),
      [](auto &b, Value x) { return b.erf(x); },
      [](long double x) { return std::erf(x); });
}

TEST(VectorMath, activations) {
  std::vector<float> x = samples(std::numeric_limits<float>::max());
  auto expectActivation = [&](Activation kind, long double limit, Exact exact) {
    SCOPED_TRACE(stringifyActivation(kind).str());
    expectWithin(
        limit, ofTheArgument, x,
        [&](auto &b, Value x) { return b.activation(kind, x); }, exact);
  };
  expectActivation(Activation::relu, 0,
                   [](long double x) { return std::max(x, 0.0L); });
  expectActivation(Activation::gelu, 3.5e-7, [](long double x) {
    return x / 2 * std::erfc(-x / std::sqrt(2.0L));
  });
  expectActivation(Activation::gelu_tanh, 2e-7, [](long double x) {
    long double root = std::sqrt(2 / std::acos(-1.0L));
    return x * exactSigmoid(2 * root * (x + 0.044715L * x * x * x));
  });
  expectActivation(Activation::gelu_quick, 2e-7, [](long double x) {
    return x * exactSigmoid(1.702L * x);
  });
  expectActivation(Activation::silu, 2e-7,
                   [](long double x) { return x * exactSigmoid(x); });
}

TEST(VectorMath, rounds_to_the_nearest_bf16_and_ties_to_even) {
  std::vector<float> x = samples(infinity);
  x.insert(x.end(), {0x1.01p0f, 0x1.03p0f, -0x1.01p0f, 0x1.fffp127f});
  // The function works on bits, so a denormal does not count as zero.
  std::erase_if(x, [](float v) { return std::fpclassify(v) == FP_SUBNORMAL; });
  expectWithin(
      0, ofTheValue, x, [](auto &b, Value x) { return b.roundToBf16(x); },
      [](long double x) {
        int exponent;
        std::frexp(x, &exponent);
        long double unit = std::ldexp(1.0L, exponent - 8);
        return static_cast<float>(std::nearbyint(x / unit) * unit);
      });
}

TEST(VectorMath, keep_a_nan) {
  std::vector<float> x = {llvm::bit_cast<float>(0x7fffffff),
                          llvm::bit_cast<float>(0x7f800001)};
  auto expectNan = [&](Body body, const char *name) {
    for (float value : run(body, x))
      EXPECT_TRUE(std::isnan(value)) << name;
  };
  expectNan([](auto &b, Value x) { return b.expNotPositive(x); }, "exp");
  expectNan([](auto &b, Value x) { return b.sigmoid(x); }, "sigmoid");
  expectNan([](auto &b, Value x) { return b.tanh(x); }, "tanh");
  expectNan([](auto &b, Value x) { return b.sinCos(x).first; }, "sine");
  expectNan([](auto &b, Value x) { return b.erf(x); }, "erf");
  expectNan([](auto &b, Value x) { return b.roundToBf16(x); }, "bf16");
}

TEST(VectorMath, reductions) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<float> x(64 * cpu::lanes), sums, greatest;
  for (float &value : x)
    value = normal(random);
  for (auto lanes = x.begin(); lanes != x.end(); lanes += cpu::lanes) {
    std::vector<float> partial(lanes, lanes + cpu::lanes);
    for (int half = cpu::lanes / 2; half >= 1; half /= 2)
      for (int i = 0; i < half; ++i)
        partial[i] += partial[i + half];
    sums.resize(sums.size() + cpu::lanes, partial[0]);
    greatest.resize(sums.size(), *std::max_element(lanes, lanes + cpu::lanes));
  }
  EXPECT_EQ(run([](auto &b, Value x) { return b.splat(b.sum(x)); }, x), sums);
  EXPECT_EQ(run([](auto &b, Value x) { return b.splat(b.maximum(x)); }, x),
            greatest);
}
