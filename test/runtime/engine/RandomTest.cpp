//===- RandomTest.cpp - Tests of the random number generator --------------===//

#include "runtime/engine/Random.h"

#include "gtest/gtest.h"

using namespace gptc;

// The values are those of the reference programs at https://prng.di.unimi.it.

TEST(Random, splitmix64_gives_its_known_values) {
  SplitMix64 random(1234567);
  for (uint64_t expected :
       {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
        4593380528125082431u, 16408922859458223821u})
    EXPECT_EQ(random.next(), expected);
}

TEST(Random, xoshiro256plusplus_gives_its_known_values) {
  Random random({1, 2, 3, 4});
  for (uint64_t expected :
       {uint64_t(41943041), uint64_t(58720359), 3588806011781223u,
        3591011842654386u, 9228616714210784205u, 9973669472204895162u,
        14011001112246962877u, 12406186145184390807u, 15849039046786891736u,
        10450023813501588000u})
    EXPECT_EQ(random.next(), expected);
}

TEST(Random, a_seed_is_spread_by_splitmix64) {
  SplitMix64 seeder(42);
  std::array<uint64_t, 4> state;
  for (uint64_t &word : state)
    word = seeder.next();
  EXPECT_EQ(Random(42).next(), Random(state).next());
}

TEST(Random, uniform_numbers_are_below_one) {
  // The first output of this state is all ones.
  Random random({0, 1, 2, ~uint64_t(0)});
  for (int i = 0; i < 1000; ++i) {
    double number = random.uniform();
    EXPECT_GE(number, 0);
    EXPECT_LT(number, 1);
  }
}
