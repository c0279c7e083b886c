// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.transact;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeySizesTest {
  @Test
  void remembersWhatAMapWould() {
    long seed = 42;
    Random random = new Random(seed);
    KeySizes sizes = new KeySizes(random);
    Map<String, Integer> model = new HashMap<>();

    for (int i = 0; i < 200_000; i++) {
      String key = "map/m/key-" + random.nextInt(20_000);
      if (random.nextInt(3) == 0) {
        Integer removed = model.remove(key);
        assertThat(sizes.remove(key)).as("seed %s", seed).isEqualTo(removed == null ? 0 : removed);
      } else {
        int size = 1 + random.nextInt(1_000);
        Integer before = model.put(key, size);
        assertThat(sizes.put(key, size)).as("seed %s", seed).isEqualTo(before == null ? 0 : before);
      }
    }

    model.forEach((key, size) -> assertThat(sizes.get(key)).isEqualTo(size));
  }

  /** The vectors of the authors' reference implementation, for the inputs of 0 and of 8 bytes. */
  @Test
  void hashesAsSipHashDoes() {
    KeySizes sizes = new KeySizes(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);

    assertThat(sizes.hash("")).isEqualTo(0x726fdb47dd0e0e31L);
    assertThat(sizes.hash("\u0100\u0302\u0504\u0706")).isEqualTo(0x93f5f5799a932462L);
  }

  @Test
  void hashesDifferentlyInEachProcess() {
    assertThat(new KeySizes(new Random(1)).hash("map/m/a"))
        .isNotEqualTo(new KeySizes(new Random(2)).hash("map/m/a"));
  }
}
