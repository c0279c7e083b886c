// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.feature;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class OpenPartsTest {
  private final OpenParts parts = new OpenParts();
  private final List<String> closed = new ArrayList<>();

  @Test
  void closesInTheOppositeOrder() {
    parts.open(part("store"));
    parts.open(part("cluster"));

    parts.close();

    assertThat(closed).containsExactly("cluster", "store");
  }

  @Test
  void goesOnWhenAPartFailsToClose() {
    parts.open(part("store"));
    parts.open(() -> {
      throw new IllegalStateException("stuck");
    });

    parts.close();

    assertThat(closed).containsExactly("store");
  }

  @Test
  void closesNothingTwice() {
    parts.open(part("store"));

    parts.close();
    parts.close();

    assertThat(closed).containsExactly("store");
  }

  private AutoCloseable part(String name) {
    return () -> closed.add(name);
  }
}
