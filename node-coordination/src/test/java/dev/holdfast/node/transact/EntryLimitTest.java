// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.transact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.LimitExceededException;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.memory.InMemoryCluster;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class EntryLimitTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final InMemoryCluster memory = InMemoryCluster.realTime();
  private final Coordinator coordinator = memory.open("n1");

  @AfterEach
  void stop() {
    coordinator.close();
    memory.close();
  }

  @Test
  void letsInNoMoreThanItsLimitAndAlwaysWhatIsThere() {
    put("counter/a");
    try (EntryLimit limit = limit(2)) {
      Await.until(SOON, "it has counted what there was", () -> limit.count() == 1);
      assertThatCode(() -> limit.checkRoom(key("counter/b"))).doesNotThrowAnyException();
      put("counter/b");
      put("counter/b");
      put("lock/x");
      Await.until(SOON, "it has counted", () -> limit.count() == 2);

      assertThatThrownBy(() -> limit.checkRoom(key("counter/c")))
          .isInstanceOf(LimitExceededException.class)
          .hasMessageContaining("counter.max is 3, at most 2");
      assertThatCode(() -> limit.checkRoom(key("counter/b"))).doesNotThrowAnyException();
      commit(new Change.Delete(key("counter/a")));
      Await.until(SOON, "there is room again", () -> limit.count() == 1);
      assertThatCode(() -> limit.checkRoom(key("counter/c"))).doesNotThrowAnyException();
      limit.resync(0);
      assertThat(limit.count()).isEqualTo(1);
    }
  }

  private EntryLimit limit(int most) {
    return new EntryLimit(coordinator, "counter/", "counter.max", most, new Random(1));
  }

  private void put(String key) {
    commit(new Change.Put(key(key), Bytes.utf8("1")));
  }

  private void commit(Change change) {
    coordinator.commit(new Transaction(List.of(), List.of(change)), SOON);
  }

  private static EntryKey key(String key) {
    return new EntryKey(key);
  }
}
