package dev.holdfast.node.map;

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
    KeySizes sizes = new KeySizes();
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
}
