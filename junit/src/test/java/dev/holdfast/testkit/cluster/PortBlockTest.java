// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PortBlockTest {
  @TempDir private Path folder;

  @Test
  void givesNoPortTwice() {
    try (PortBlock one = PortBlock.reserve(folder);
        PortBlock two = PortBlock.reserve(folder)) {
      assertThat(two.base()).isGreaterThanOrEqualTo(one.api(PortBlock.NODES_MAX - 1) + 10);
      assertThat(one.peer(1)).isEqualTo(one.api(1) + 1);
    }
  }

  @Test
  void givesABlockAgainAfterItsClose() {
    PortBlock one = PortBlock.reserve(folder);
    int base = one.base();

    one.close();

    try (PortBlock again = PortBlock.reserve(folder)) {
      assertThat(again.base()).isEqualTo(base);
    }
  }

  @Test
  void skipsABlockInWhichAnythingListens() throws IOException {
    PortBlock one = PortBlock.reserve(folder);
    int taken = one.api(3) + 2;
    one.close();

    try (ServerSocket listener = new ServerSocket(taken, 1, InetAddress.getLoopbackAddress());
        PortBlock next = PortBlock.reserve(folder)) {
      assertThat(listener.isBound()).isTrue();
      assertThat(next.base()).isGreaterThan(taken);
    }
  }
}
