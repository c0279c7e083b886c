package dev.holdfast.node.transact;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/**
 * Who wants to hear of what. Costs a look into a map for what interests nobody. Thread-safe;
 * listeners may come and go while others are told.
 *
 * @param <K> what one may be interested in
 * @param <L> who is told
 */
public final class Interests<K, L> {
  private final ConcurrentHashMap<K, List<L>> listeners = new ConcurrentHashMap<>();

  public void add(K subject, L listener) {
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
          list.remove(listener);
          return list.isEmpty() ? null : list;
        });
  }

  public boolean isEmpty() {
    return listeners.isEmpty();
  }

  /** Who is interested in this. */
  public List<L> in(K subject) {
    return listeners.getOrDefault(subject, List.of());
  }

  /** With each subject, who is interested in it. */
  public void forEach(BiConsumer<? super K, ? super List<L>> action) {
    listeners.forEach(action);
  }
}
