// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.contract;

import static dev.holdfast.testkit.contract.ContractScript.delete;
import static dev.holdfast.testkit.contract.ContractScript.present;
import static dev.holdfast.testkit.contract.ContractScript.put;
import static dev.holdfast.testkit.contract.ContractScript.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.WatchListener;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Watches: where they start, what they tell, how they end. */
interface WatchContract extends ContractScript {

  default RecordingListener watched(
      List<Coordinator.Watch> watches, Coordinator node, String prefix) {
    RecordingListener listener = new RecordingListener(prefix);
    watches.add(node.watch(prefix, listener));
    await("the watch starts", listener::isStarted);
    return listener;
  }

  /** True once the listener knows this revision of the key, or a later one, or was told to scan. */
  default boolean knows(RecordingListener listener, EntryKey key, long revision) {
    Observation latest = listener.latest(key);
    return latest != null && latest.revision() >= revision;
  }

  @Test
  default void startsFirstAtARevisionThatItsNodeHadApplied() {
    long before = committed(first(), put(key("a"), "old"));
    await("applied", () -> first().readLocal(key("a")).observation().revision() >= before);
    List<Coordinator.Watch> watches = new ArrayList<>();

    RecordingListener listener = watched(watches, first(), prefix());
    long after = committed(first(), put(key("a"), "new"));

    assertThat(listener.startRevision()).isBetween(before, after - 1);
    await("the change is told", () -> knows(listener, key("a"), after));
    assertThat(listener.breaches()).isEmpty();
    watches.forEach(Coordinator.Watch::close);
  }

  @Test
  default void tellsEveryChangeAtLeastOnceOnEveryNode() {
    List<Coordinator.Watch> watches = new ArrayList<>();
    List<RecordingListener> listeners = new ArrayList<>();
    for (int i = 0; i < backend().nodes(); i++) {
      listeners.add(watched(watches, node(i), prefix()));
    }
    Map<EntryKey, Long> last = new ConcurrentHashMap<>();

    inParallel(
        4,
        number -> {
          for (int i = 0; i < 60; i++) {
            EntryKey key = key(number + "/" + i % 20);
            boolean deletes = i % 7 == 6;
            last.put(key, committed(node(i), deletes ? delete(key) : put(key, "v" + i)));
          }
        });

    for (RecordingListener listener : listeners) {
      last.forEach((key, revision) ->
          await(key + " at " + revision + " is told", () -> knows(listener, key, revision)));
      last.keySet()
          .forEach(key -> {
            Observation told = listener.latest(key);
            Entry now = read(first(), key).entry();
            assertThat(told).isNotNull();
            assertThat(told == null ? null : told.entry()).isEqualTo(now);
          });
      assertThat(listener.breaches()).isEmpty();
      assertThat(listener.resyncs()).isZero();
    }
    watches.forEach(Coordinator.Watch::close);
  }

  @Test
  default void tellsAllKeysOfATransactionAndOnlyItsOwnPrefix() {
    List<Coordinator.Watch> watches = new ArrayList<>();
    RecordingListener left = watched(watches, first(), prefix() + "left/");
    RecordingListener all = watched(watches, first(), prefix());

    long revision =
        committed(
            first(),
            put(key("left/a"), "1"),
            put(key("left/b"), "2"),
            put(key("left"), "3"),
            put(key("right/a"), "4"));

    for (String name : List.of("left/a", "left/b", "left", "right/a")) {
      await(name + " is told", () -> knows(all, key(name), revision));
    }
    await("left/b is told", () -> knows(left, key("left/b"), revision));
    await("left/a is told", () -> knows(left, key("left/a"), revision));
    assertThat(left.keysSeen()).isEqualTo(2);
    assertThat(left.breaches()).isEmpty();
    assertThat(all.breaches()).isEmpty();
    watches.forEach(Coordinator.Watch::close);
  }

  @Test
  default void tellsADeletionAsAbsent() {
    committed(first(), put(key("a"), "1"));
    List<Coordinator.Watch> watches = new ArrayList<>();
    RecordingListener listener = watched(watches, node(1), prefix());

    long deleted = committed(first(), delete(key("a")));

    await("the deletion is told", () -> knows(listener, key("a"), deleted));
    Observation told = listener.latest(key("a"));
    assertThat(told).isNotNull();
    assertThat(told == null ? -1 : told.lastDeleted()).isGreaterThanOrEqualTo(deleted);
    assertThat(told != null && told.isPresent()).isFalse();
    watches.forEach(Coordinator.Watch::close);
  }

  @Test
  default void tellsNothingAfterItsClose() {
    List<Coordinator.Watch> watches = new ArrayList<>();
    RecordingListener other = watched(watches, first(), prefix());
    RecordingListener closed = new RecordingListener(prefix());
    Coordinator.Watch watch = first().watch(prefix(), closed);
    await("the watch starts", closed::isStarted);
    long told = committed(first(), put(key("a"), "before"));
    await("both know", () -> knows(closed, key("a"), told) && knows(other, key("a"), told));

    watch.close();
    watch.close();
    long after = committed(first(), put(key("b"), "after"));

    await("the other watch goes on", () -> knows(other, key("b"), after));
    assertThat(closed.latest(key("b"))).isNull();
    watches.forEach(Coordinator.Watch::close);
  }

  @Test
  default void asksAListenerThatFailedToScanAgain() {
    List<Coordinator.Watch> watches = new ArrayList<>();
    RecordingListener other = watched(watches, first(), prefix());
    AtomicInteger resyncs = new AtomicInteger();
    WatchListener failing =
        new WatchListener() {
          @Override
          public void started(long revision) {}

          @Override
          public void changed(List<Observation> observations) {
            throw new IllegalStateException("This listener fails on purpose");
          }

          @Override
          public void resync(long revision) {
            resyncs.incrementAndGet();
          }
        };
    watches.add(first().watch(prefix(), failing));

    long revision = committed(first(), put(key("a"), "1"));

    await("the failing listener is asked to scan", () -> resyncs.get() > 0);
    await("the other watch goes on", () -> knows(other, key("a"), revision));
    assertThat(other.resyncs()).isZero();
    watches.forEach(Coordinator.Watch::close);
  }

  /** What it missed while it failed would stay unknown to it for ever. */
  @Test
  default void asksAListenerThatFailedToScanUntilItDoes() {
    AtomicInteger changes = new AtomicInteger();
    AtomicInteger asked = new AtomicInteger();
    AtomicInteger scans = new AtomicInteger();
    WatchListener failing =
        new WatchListener() {
          @Override
          public void started(long revision) {}

          @Override
          public void changed(List<Observation> observations) {
            if (changes.incrementAndGet() == 1) {
              throw new IllegalStateException("This listener fails on purpose");
            }
          }

          @Override
          public void resync(long revision) {
            if (asked.incrementAndGet() == 1) {
              throw new IllegalStateException("This listener fails at its scan on purpose");
            }
            scans.incrementAndGet();
          }
        };
    try (Coordinator.Watch _ = first().watch(prefix(), failing)) {
      committed(first(), put(key("a"), "1"));
      await("it fails at its scan", () -> asked.get() > 0);

      committed(first(), put(key("b"), "1"));

      await("it is asked again", () -> scans.get() > 0);
    }
  }

  @Test
  default void aScanAfterTheStartAndTheChangesMissNothing() {
    Map<EntryKey, Observation> known = new HashMap<>();
    AtomicReference<List<Entry>> scanned = new AtomicReference<>(List.of());
    AtomicInteger startedWatch = new AtomicInteger();
    WatchListener listener =
        new WatchListener() {
          @Override
          public void started(long revision) {
            startedWatch.incrementAndGet();
          }

          @Override
          public void changed(List<Observation> observations) {
            synchronized (known) {
              observations.forEach(seen -> known.put(seen.key(), seen));
            }
          }

          @Override
          public void resync(long revision) {}
        };
    List<Coordinator.Watch> watches = new ArrayList<>();
    Map<EntryKey, Long> written = new ConcurrentHashMap<>();

    inParallel(
        3,
        number -> {
          if (number == 0) {
            watches.add(node(1).watch(prefix(), listener));
            await("the watch starts", () -> startedWatch.get() == 1);
            scanned.set(
                ScanContract.allPages(
                    after -> node(1).scanLocal(prefix(), after, 50), prefix(), 50));
            return;
          }
          for (int i = 0; i < 150; i++) {
            EntryKey key = key(number + "-" + i);
            written.put(key, committed(node(number), put(key, "v" + i)));
          }
        });

    written.forEach((key, revision) ->
        await(
            () -> key + " is told or scanned",
            () -> {
              synchronized (known) {
                return known.containsKey(key)
                    || scanned.get().stream().anyMatch(entry -> entry.key().equals(key));
              }
            }));
    watches.forEach(Coordinator.Watch::close);
  }

  @Test
  default void tellsTheValueThatItsRevisionHad() {
    List<Coordinator.Watch> watches = new ArrayList<>();
    RecordingListener listener = watched(watches, node(1), prefix());
    EntryKey key = key("a");
    for (int i = 0; i < 50; i++) {
      String value = "value" + i;
      long revision = committed(node(i), put(key, value));

      await("it is told", () -> knows(listener, key, revision));

      Observation told = listener.latest(key);
      assertThat(told).isNotNull();
      if (told != null) {
        assertThat(text(present(told))).isEqualTo(value);
        assertThat(present(told)).isEqualTo(entry(first(), key));
      }
    }
    assertThat(listener.breaches()).isEmpty();
    watches.forEach(Coordinator.Watch::close);
  }
}
