// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.transact;

import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who wants to learn of what. Costs a look into a map for what interests nobody. Thread-safe;
 * listeners may come and go while others are told. A listener that fails, whatever it throws, is
 * logged and counted; the others are told, and it is told the next time.
 *
 * @param <K> what one may be interested in
 * @param <L> who is told
 */
public final class Interests<K, L> {
  private static final Logger LOG = LoggerFactory.getLogger(Interests.class);

  private final ConcurrentHashMap<K, List<L>> listeners = new ConcurrentHashMap<>();
  private final AtomicLong count = new AtomicLong();
  private final Meter meter;

  public Interests(Meter meter) {
    this.meter = meter;
  }

  public void add(K subject, L listener) {
    count.incrementAndGet();
    listeners.compute(
        subject,
        (same, known) -> {
          List<L> list = known == null ? new CopyOnWriteArrayList<>() : known;
          list.add(listener);
          return list;
        });
  }

  /** Nothing happens when it is not there. */
  public void remove(K subject, L listener) {
    listeners.computeIfPresent(
        subject,
        (same, list) -> {
          if (list.remove(listener)) {
            count.decrementAndGet();
          }
          return list.isEmpty() ? null : list;
        });
  }

  public boolean isEmpty() {
    return listeners.isEmpty();
  }

  /** Pairs of a subject and a listener. */
  public long count() {
    return count.get();
  }

  /** Tells each that is interested in this. */
  public void tell(K subject, Consumer<? super L> news) {
    listeners.getOrDefault(subject, List.of()).forEach(listener -> tell(subject, listener, news));
  }

  /** Tells all, with what they are interested in. */
  public void tellAll(BiConsumer<? super K, ? super L> news) {
    listeners.forEach((subject, all) ->
        all.forEach(listener -> tell(subject, listener, each -> news.accept(subject, each))));
  }

  private void tell(K subject, L listener, Consumer<? super L> news) {
    try {
      news.accept(listener);
    } catch (RuntimeException | Error e) {
      meter.count("listener.failed", 1);
      LOG.error("A listener to {} failed; it is told the next time", subject, e);
    }
  }
}
