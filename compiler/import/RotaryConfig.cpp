//===- RotaryConfig.cpp - Reads the parameters of rotary embedding --------===//
//
// There are two spellings: `rope_theta` and `rope_scaling` until transformers
// 4, and `rope_parameters` for all from transformers 5 on.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/ConfigReader.h"

using namespace gptc;
using namespace llvm;

using Kind = RotaryScaling::Kind;

static constexpr Named<Kind> kinds[] = {{"default", Kind::none},
                                        {"linear", Kind::linear},
                                        {"llama3", Kind::llama3},
                                        {"yarn", Kind::yarn}};

/// A limit that no model reaches and that floats represent well.
static constexpr double most = 1e12;

namespace {
struct RotaryConfig {
  double base, fraction;
  RotaryScaling scaling;
};
} // namespace

static void readYarn(ConfigReader &reader, RotaryScaling &scaling) {
  scaling.betaFast = reader.number("beta_fast", 1e-6, most, scaling.betaFast);
  scaling.betaSlow = reader.number("beta_slow", 1e-6, most, scaling.betaSlow);
  scaling.truncate = reader.flag("truncate", scaling.truncate);
  double scale = reader.number("mscale", 0, most, 0);
  double allChannels = reader.number("mscale_all_dim", 0, most, 0);
  double magnitude = scale && allChannels
                         ? yarnMagnitude(scaling.factor, scale) /
                               yarnMagnitude(scaling.factor, allChannels)
                         : yarnMagnitude(scaling.factor);
  scaling.attentionFactor =
      reader.number("attention_factor", 0, most, magnitude);
}

static void readScaling(ConfigReader &reader, int64_t context,
                        RotaryScaling &scaling) {
  // The key was `type` until transformers 4.43.
  StringRef key = reader.get("rope_type") ? "rope_type" : "type";
  scaling.kind = reader.choice<Kind>(key, "default", kinds);
  if (scaling.kind == Kind::none)
    return;
  if (!reader.get("factor"))
    reader.fail("factor", "a number of at least 1");
  scaling.factor = reader.number("factor", 1, most, 1);
  scaling.originalContext =
      reader.number("original_max_position_embeddings", 1, most, context);
  if (scaling.kind == Kind::llama3) {
    scaling.lowFrequency =
        reader.number("low_freq_factor", 1e-6, most, scaling.lowFrequency);
    scaling.highFrequency =
        reader.number("high_freq_factor", 1e-6, most, scaling.highFrequency);
    if (scaling.highFrequency <= scaling.lowFrequency)
      reader.fail("high_freq_factor", "more than low_freq_factor");
  }
  if (scaling.kind == Kind::yarn)
    readYarn(reader, scaling);
}

RotaryParameters gptc::readRotary(ConfigReader &reader, const ConfigKeys &keys,
                                  int64_t headSize, int64_t context) {
  RotaryConfig config;
  config.base = reader.number(keys.rotaryBase, 1.001, most, 10000);
  config.fraction = reader.number(keys.rotaryFraction, 0, 1,
                                  keys.defaultRotaryFraction);
  StringRef key = reader.get("rope_scaling") ? "rope_scaling" : "rope_parameters";
  reader.nested(key, [&](ConfigReader &inner) {
    config.base = inner.number("rope_theta", 1.001, most, config.base);
    config.fraction =
        inner.number("partial_rotary_factor", 0, 1, config.fraction);
    readScaling(inner, context, config.scaling);
  });
  int64_t channels = static_cast<int64_t>(headSize * config.fraction);
  if (channels < 2 || channels % 2 != 0) {
    reader.fail(keys.rotaryFraction,
                Twine(channels) + " channels of a head's " + Twine(headSize),
                "an even number of at least 2");
    return {};
  }
  return computeRotary(config.base, channels, config.scaling);
}
