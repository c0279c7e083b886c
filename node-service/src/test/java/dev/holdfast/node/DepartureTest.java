// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.http.HostNames;
import dev.holdfast.node.http.HttpLimits;
import dev.holdfast.node.http.HttpServer;
import dev.holdfast.node.http.RequestMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

final class DepartureTest {
  private final List<String> said = new ArrayList<>();
  private final AtomicLong nanos = new AtomicLong();
  private final HttpServer http =
      new HttpServer(
          new HttpServer.Settings("127.0.0.1", 0, HostNames.ANY, HttpLimits.DEFAULT),
          RequestMetrics.NONE,
          RandomGenerator.getDefault(),
          System::nanoTime);

  /** Leadership goes before the clients do, who then find the new leader. */
  @Test
  void featuresLeaveInTheirOrder() {
    List<Feature> features = List.of(leaving("cluster"), leaving("locks"), leaving("socket"));

    new Departure(http, features, this::aSecondLater).run();

    assertThat(said).containsExactly("cluster", "locks", "socket");
  }

  @Test
  void waitsForTheirConnections() {
    Feature socket =
        new Feature() {
          private int open = 3;

          @Override
          public int connections() {
            said.add(open + " open");
            return open--;
          }
        };

    new Departure(http, List.of(socket), this::aSecondLater).run();

    assertThat(said).containsExactly("3 open", "2 open", "1 open", "0 open");
  }

  @Test
  void endsThoughAConnectionStays() {
    Feature socket =
        new Feature() {
          @Override
          public int connections() {
            return 1;
          }
        };

    new Departure(http, List.of(socket), this::aSecondLater).run();

    assertThat(Duration.ofNanos(nanos.get()))
        .isBetween(Duration.ofSeconds(10), Duration.ofSeconds(13));
  }

  private Feature leaving(String name) {
    return new Feature() {
      @Override
      public void leave() {
        said.add(name);
      }
    };
  }

  private long aSecondLater() {
    return nanos.addAndGet(Duration.ofSeconds(1).toNanos());
  }
}
