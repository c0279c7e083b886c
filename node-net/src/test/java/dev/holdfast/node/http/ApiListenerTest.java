// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ApiListenerTest {
  /** Seen with 1,024 descriptors: one address held all 512 connections, and others got 503. */
  @ParameterizedTest
  @CsvSource({
    "10000, 4000, 10000, 4000",
    "10000, 4000, 512, 204",
    "10000, 4000, 2, 1",
    "100, 100, 50, 50",
    "100, 4000, 50, 2000"
  })
  void oneAddressGetsItsShareOfWhatTheDescriptorsAllow(
      int connections, int perAddress, int allowed, int expected) {
    Duration any = Duration.ofSeconds(1);
    HttpLimits limits =
        new HttpLimits(
            16 << 10,
            64,
            any,
            any,
            any,
            64 << 10,
            1L << 20,
            100,
            connections,
            perAddress,
            Set.of());

    assertThat(ApiListener.perAddress(limits, allowed)).isEqualTo(expected);
  }
}
