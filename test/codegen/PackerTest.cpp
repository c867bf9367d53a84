//===- PackerTest.cpp - Layouts of weights, element by element ------------===//

#include "compiler/codegen/Packer.h"

#include "compiler/checkpoint/Float.h"
#include "compiler/checkpoint/Sources.h"
#include "dialect/Layout.h"
#include "dialect/WeightLayout.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "test/checkpoint/Support.h"

#include <filesystem>
#include <mutex>

using namespace gptc;
using namespace llvm;

namespace {
struct PackerTest : testing::Test {
  PackerTest() {
    context.loadDialect<gpt::GptDialect>();
    module = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  }

  mlir::Type typeOf(StringRef name) {
    mlir::Builder builder(&context);
    return name == "F32"   ? mlir::Type(builder.getF32Type())
           : name == "F16" ? mlir::Type(builder.getF16Type())
                           : mlir::Type(builder.getBF16Type());
  }

  /// Adds a weight of three layers, stored transposed, in the element type
  /// `stored`, packed as `packed`.
  void add(StringRef name, std::vector<int64_t> shape, StringRef stored,
           StringRef packed, gpt::Layout layout) {
    std::vector<int64_t> storedShape(shape.rbegin(), shape.rend());
    for (int layer = 0; layer < 3; ++layer)
      tensors[(name + std::to_string(layer)).str()] =
          randomTensor(stored, storedShape, random);
    SmallVector<mlir::Attribute> plan = {gpt::LoadAttr::get(
        &context, (name + "*").str(),
        mlir::RankedTensorType::get(storedShape, typeOf(stored)))};
    if (shape.size() == 2)
      plan.push_back(gpt::TransposeAttr::get(&context));
    if (packed != stored)
      plan.push_back(gpt::ConvertAttr::get(&context, typeOf(packed)));
    plan.push_back(gpt::PackAttr::get(&context, layout));
    auto builder = mlir::OpBuilder::atBlockEnd(module->getBody());
    auto weight = gpt::WeightOp::create(
        builder, builder.getUnknownLoc(), name, builder.getI64IntegerAttr(3),
        mlir::RankedTensorType::get(shape, typeOf(packed)),
        builder.getArrayAttr(plan));
    ASSERT_TRUE(succeeded(mlir::verify(weight)));
  }

  Expected<Checkpoint> open() {
    folder.write("m.safetensors", safetensors(tensors));
    return Checkpoint::open(folder.path(), {std::string("m.safetensors")});
  }

  /// Returns the logical value at (row, column), which is stored transposed.
  static float valueOf(const TestTensor &tensor, int64_t row, int64_t column) {
    int64_t index =
        tensor.shape.size() == 1 ? column : column * tensor.shape[1] + row;
    if (tensor.type == "F32") {
      float value;
      std::memcpy(&value, &tensor.bytes[4 * index], 4);
      return value;
    }
    uint16_t bits;
    std::memcpy(&bits, &tensor.bytes[2 * index], 2);
    return tensor.type == "F16" ? fromF16(bits) : fromBf16(bits);
  }

  /// Returns the index in the layer's storage of the element at (row, column).
  static int64_t placeOf(gpt::Layout layout, ArrayRef<int64_t> shape,
                         int64_t row, int64_t column) {
    switch (layout) {
    case gpt::Layout::vector:
      return column;
    case gpt::Layout::rows:
      return row * shape[1] + column;
    case gpt::Layout::panels:
      if (shape.size() == 4)
        return ((row / 64 * shape[1] + column / 2) * 64 + row % 64) * 2 +
               column % 2;
      return (row / 64 * shape[1] + column) * 64 + row % 64;
    }
    llvm_unreachable("a layout that is not known");
  }

  /// Packs a layer of a weight, one element at a time.
  void packPlainly(gpt::WeightOp weight, int64_t layer, char *storage) {
    mlir::RankedTensorType packed = weight.getStorageType();
    ArrayRef<int64_t> shape = weight.getTensorType().getShape();
    gpt::Layout layout = *weight.getLayout();
    mlir::Type type = packed.getElementType();
    const TestTensor &tensor =
        tensors[(weight.getSymName() + std::to_string(layer)).str()];
    for (int64_t row = 0; row < (shape.size() == 1 ? 1 : shape[0]); ++row)
      for (int64_t column = 0; column < shape.back(); ++column) {
        float value = valueOf(tensor, row, column);
        uint16_t bits = toBf16(value);
        int64_t place = placeOf(layout, gpt::getStorage(packed).getShape(), row, column);
        if (type.isF32())
          std::memcpy(storage + 4 * place, &value, 4);
        else
          std::memcpy(storage + 2 * place, &bits, 2);
      }
  }

  std::vector<char> expected() {
    int64_t total;
    auto placements = gpt::placeWeights(*module, total);
    std::vector<char> section(total);
    for (auto weight : module->getOps<gpt::WeightOp>()) {
      auto [offset, stride] = placements.lookup(weight.getSymNameAttr());
      EXPECT_EQ(offset % 64, 0);
      EXPECT_EQ(stride % 64, 0);
      for (int64_t layer = 0; layer < 3; ++layer)
        packPlainly(weight, layer, &section[offset + layer * stride]);
    }
    return section;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  TemporaryFolder folder;
  TestTensors tensors;
  std::mt19937 random{7};
};
} // namespace

static Error ignoreBytes(int64_t, ArrayRef<char>) { return Error::success(); }

TEST_F(PackerTest, packs_every_layout_on_odd_shapes) {
  int count = 0;
  std::tuple<StringRef, StringRef> types[] = {
      {"F32", "F32"},  {"F32", "BF16"}, {"BF16", "BF16"}, {"BF16", "F32"},
      {"F16", "BF16"}, {"F16", "F32"}};
  for (auto [stored, packed] : types)
    for (auto [rows, columns] : {std::pair<int64_t, int64_t>{1, 1},
                                 {64, 64},
                                 {65, 63},
                                 {63, 65},
                                 {130, 17},
                                 {3, 4096},
                                 {7, 4097},
                                 {70, 8200},
                                 {200, 1}}) {
      std::string name = "w" + std::to_string(count++) + ".";
      add(name + "p", {rows, columns}, stored, packed, gpt::Layout::panels);
      add(name + "r", {rows, columns}, stored, packed, gpt::Layout::rows);
      add(name + "v", {columns}, stored, "F32", gpt::Layout::vector);
    }
  auto checkpoint = open();
  ASSERT_TRUE(bool(checkpoint)) << toString(checkpoint.takeError());

  std::vector<char> wanted = expected();
  std::vector<char> section(wanted.size());
  int64_t last = 0, all = 0;
  auto hashes = packWeights(
      *module, *checkpoint,
      [&](int64_t offset, ArrayRef<char> bytes) {
        EXPECT_LE(offset + bytes.size(), section.size());
        llvm::copy(bytes, section.begin() + offset);
        return Error::success();
      },
      [&](int64_t done, int64_t total) {
        EXPECT_GT(done, last);
        last = done;
        all = total;
      });
  ASSERT_TRUE(bool(hashes)) << toString(hashes.takeError());
  EXPECT_EQ(*hashes, hashContents(*checkpoint));
  EXPECT_EQ(last, all);
  auto difference =
      std::mismatch(section.begin(), section.end(), wanted.begin()).first;
  EXPECT_EQ(difference - section.begin(), wanted.size()) << "first difference";
}

TEST_F(PackerTest, hashes_what_no_weight_takes) {
  add("w", {64, 64}, "F32", "F32", gpt::Layout::panels);
  int64_t large = 9 << 20; // two such tensors are larger than a chunk
  for (StringRef name : {"a.before", "x.after"})
    tensors[name.str()] = {"U8", {large}, std::string(large, 'x')};
  folder.write("m.safetensors", safetensors(tensors));
  folder.write("n.safetensors", safetensors({{"other", {"U8", {1}, "y"}}}));
  auto checkpoint =
      Checkpoint::open(folder.path(), {"m.safetensors", "n.safetensors"});
  ASSERT_TRUE(bool(checkpoint)) << toString(checkpoint.takeError());
  auto hashes = packWeights(*module, *checkpoint, ignoreBytes);
  ASSERT_TRUE(bool(hashes)) << toString(hashes.takeError());
  EXPECT_EQ(*hashes, hashContents(*checkpoint));
}

TEST_F(PackerTest, refuses_a_file_that_changes_while_it_is_packed) {
  add("w", {3000, 40}, "F32", "F32", gpt::Layout::panels);
  std::string path = folder.path("m.safetensors");
  std::string bytes = safetensors(tensors);
  auto changeTime = [&](int seconds) {
    std::filesystem::last_write_time(
        path, std::chrono::file_clock::from_sys(
                  std::chrono::sys_seconds(std::chrono::seconds(seconds))));
  };
  auto packError = [&](function_ref<void()> change) {
    folder.write("m.safetensors", bytes);
    changeTime(1);
    auto checkpoint =
        Checkpoint::open(folder.path(), {std::string("m.safetensors")});
    EXPECT_TRUE(bool(checkpoint)) << toString(checkpoint.takeError());
    std::once_flag once;
    auto hashes =
        packWeights(*module, *checkpoint, [&](int64_t, ArrayRef<char>) {
          std::call_once(once, change);
          return Error::success();
        });
    return messageOf(hashes.takeError());
  };
  std::string what =
      path + ": file, which has changed while it was read: found ";
  std::string size = std::to_string(bytes.size());
  std::string time = " bytes written at 1970-01-01 00:00:0";
  std::string expected = ", expected " + size + time + "1.000000000";

  EXPECT_EQ(packError([&] { changeTime(2); }),
            what + size + time + "2.000000000" + expected);
  EXPECT_EQ(packError([&] {
              std::filesystem::rename(folder.write("copy", bytes), path);
              changeTime(1);
            }),
            what + "another of " + size + time + "1.000000000" + expected);
  EXPECT_EQ(packError([&] {
              folder.write("m.safetensors", bytes + "more");
              changeTime(1);
            }),
            what + std::to_string(bytes.size() + 4) + time + "1.000000000" +
                expected);
  // Reading the removed pages of the mapped file raises SIGBUS.
  std::string message =
      packError([&] { std::filesystem::resize_file(path, 100); });
  EXPECT_TRUE(StringRef(message).starts_with(what + "100 bytes")) << message;
  EXPECT_EQ(packError([&] { std::filesystem::remove(path); }),
            "cannot read '" + path +
                "': No such file or directory, although it was opened");
}

TEST_F(PackerTest, reports_one_reason_when_writing_fails) {
  add("w", {300, 40}, "F32", "F32", gpt::Layout::panels);
  auto checkpoint = open();
  ASSERT_TRUE(bool(checkpoint)) << toString(checkpoint.takeError());
  auto hashes = packWeights(*module, *checkpoint, [](int64_t, ArrayRef<char>) {
    return createStringError("no space left on device");
  });
  EXPECT_EQ(messageOf(hashes.takeError()), "no space left on device");
}

TEST_F(PackerTest, refuses_a_tensor_before_it_writes) {
  add("w", {30, 40}, "F32", "F32", gpt::Layout::panels);
  tensors.erase("w2");
  auto checkpoint = open();
  ASSERT_TRUE(bool(checkpoint)) << toString(checkpoint.takeError());
  auto hashes = packWeights(*module, *checkpoint, [](int64_t, ArrayRef<char>) {
    ADD_FAILURE() << "written";
    return Error::success();
  });
  EXPECT_EQ(messageOf(hashes.takeError()),
            folder.path("m.safetensors") +
                ": tensor \"w2\": found nothing, expected F32 [40, 30]");
}

TEST_F(PackerTest, refuses_a_weight_that_is_not_packed) {
  add("w", {30, 40}, "F32", "F32", gpt::Layout::panels);
  auto weight = *module->getOps<gpt::WeightOp>().begin();
  weight.setPlanAttr(
      mlir::ArrayAttr::get(&context, weight.getPlan().getValue().drop_back()));
  auto checkpoint = open();
  ASSERT_TRUE(bool(checkpoint)) << toString(checkpoint.takeError());
  auto hashes = packWeights(*module, *checkpoint, ignoreBytes);
  EXPECT_EQ(messageOf(hashes.takeError()),
            "weight \"w\": found no #gpt.pack in its plan, expected it at the "
            "end");
}

TEST_F(PackerTest, places_of_huge_weights_saturate) {
  auto builder = mlir::OpBuilder::atBlockEnd(module->getBody());
  auto type =
      mlir::RankedTensorType::get({INT32_MAX, INT32_MAX}, builder.getF32Type());
  gpt::WeightOp::create(
      builder, builder.getUnknownLoc(), "w", builder.getI64IntegerAttr(1000),
      type,
      builder.getArrayAttr(
          {gpt::LoadAttr::get(&context, "t", type),
           gpt::PackAttr::get(&context, gpt::Layout::panels)}));
  int64_t total;
  gpt::placeWeights(*module, total);
  EXPECT_EQ(total, INT64_MAX / 64 * 64);
}
