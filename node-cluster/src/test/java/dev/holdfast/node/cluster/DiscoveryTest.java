// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DiscoveryTest {
  private final AtomicLong now = new AtomicLong();

  @TempDir private Path folder;

  @Test
  void readsAFileAgainAfterEachInterval() throws Exception {
    Path file = folder.resolve("peers");
    Files.writeString(file, "10.0.0.1:7601 # n1\n\n10.0.0.2:7601\n");
    Discovery discovery = discovery("file:" + file);

    assertThat(discovery.addresses()).containsExactly("10.0.0.1:7601", "10.0.0.2:7601");
    Files.writeString(file, "10.0.0.9:7601\n");
    assertThat(discovery.addresses()).contains("10.0.0.1:7601");
    now.addAndGet(Duration.ofSeconds(10).toNanos());
    assertThat(discovery.addresses()).containsExactly("10.0.0.9:7601");
  }

  @Test
  void keepsWhatItKnewWhenTheFileIsGoneOrWrong() throws Exception {
    Path file = folder.resolve("peers");
    Files.writeString(file, "10.0.0.1:7601\n");
    Discovery discovery = discovery("file:" + file);
    assertThat(discovery.addresses()).hasSize(1);

    Files.writeString(file, "no address\n");
    now.addAndGet(Duration.ofSeconds(10).toNanos());
    assertThat(discovery.addresses()).containsExactly("10.0.0.1:7601");
    Files.delete(file);
    now.addAndGet(Duration.ofSeconds(10).toNanos());
    assertThat(discovery.addresses()).containsExactly("10.0.0.1:7601");
  }

  @Test
  void resolvesANameToAllItsAddressesWithThePort() {
    assertThat(discovery("dns:localhost:7601").addresses())
        .isNotEmpty()
        .allMatch(address -> address.endsWith(":7601"));
  }

  @Test
  void saysHowItIsWritten() {
    for (String wrong : new String[] {"localhost:7601", "dns:localhost", "file:", "dns:a:b:1"}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> MembershipConfig.Discovery.parse(wrong))
          .withMessageContaining("dns:NAME:PORT or file:PATH");
    }
  }

  private Discovery discovery(String text) {
    return new Discovery(
        Optional.of(MembershipConfig.Discovery.parse(text)), Duration.ofSeconds(10), now::get);
  }
}
