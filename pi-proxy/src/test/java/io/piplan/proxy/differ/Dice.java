package io.piplan.proxy.differ;

import java.util.List;
import java.util.Random;

/** Draws by a seed: the same seed, the same draws. */
final class Dice {
  private final Random random;

  Dice(long seed) {
    random = new Random(mixed(seed));
  }

  /** First draws of seeds that follow each other would be alike. */
  private static long mixed(long seed) {
    long bits = (seed ^ (seed >>> 30)) * 0xbf58476d1ce4e5b9L;
    bits = (bits ^ (bits >>> 27)) * 0x94d049bb133111ebL;
    return bits ^ (bits >>> 31);
  }

  boolean oneIn(int chances) {
    return random.nextInt(chances) == 0;
  }

  int below(int end) {
    return random.nextInt(end);
  }

  <T> T of(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  String word(String... all) {
    return all[random.nextInt(all.length)];
  }
}
