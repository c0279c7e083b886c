// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.memory;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorEvent;
import dev.holdfast.spi.coordinator.CoordinatorStatus;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.Voters;
import dev.holdfast.spi.coordinator.WatchListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One node's part of an {@link InMemoryCluster}: its lease, its watches, its view. */
final class InMemoryCoordinator implements Coordinator {
  private static final long CLOSE_WAIT_SECONDS = 2;

  private final InMemoryCluster cluster;
  private final MemoryNode node;
  private final MemoryLease lease;
  private final ExecutorService dispatcher;
  private final Set<MemoryWatch> watches = new LinkedHashSet<>(); // guarded by the cluster's lock
  private final List<Consumer<CoordinatorEvent>> listeners = new ArrayList<>(); // likewise
  private volatile @Nullable Thread dispatcherThread;

  InMemoryCoordinator(InMemoryCluster cluster, MemoryNode node, long leaseTtlNanos) {
    this.cluster = cluster;
    this.node = node;
    this.dispatcher = Executors.newSingleThreadExecutor(this::dispatcherThread);
    this.lease = new MemoryLease(cluster.lock, leaseTtlNanos, dispatcher);
  }

  private Thread dispatcherThread(Runnable work) {
    Thread thread = Thread.ofPlatform().daemon().name("watch-" + node.id).unstarted(work);
    dispatcherThread = thread;
    return thread;
  }

  @Override
  public List<Observation> read(List<EntryKey> keys, Duration timeout) {
    return cluster.locked(() -> {
      cluster.awaitApplied(this, node, timeout);
      return keys.stream().map(node.view::observe).toList();
    });
  }

  @Override
  public LocalObservation readLocal(EntryKey key) {
    return cluster.locked(() -> {
      cluster.requireOpen(this, node);
      return new LocalObservation(node.view.observe(key), cluster.ageMillis(node));
    });
  }

  @Override
  public Page scan(String prefix, @Nullable EntryKey after, int limit, Duration timeout) {
    return cluster.locked(() -> {
      cluster.awaitApplied(this, node, timeout);
      return node.view.page(prefix, after, limit);
    });
  }

  @Override
  public Page scanLocal(String prefix, @Nullable EntryKey after, int limit) {
    return cluster.locked(() -> {
      cluster.requireOpen(this, node);
      return node.view.page(prefix, after, limit);
    });
  }

  @Override
  public CommitResult commit(Transaction transaction, Duration timeout) {
    return cluster.locked(() -> {
      cluster.requireOpen(this, node);
      return cluster.commit(node, transaction, lease.currentId());
    });
  }

  @Override
  public long raiseRevision(long base, Duration timeout) {
    return cluster.locked(() -> {
      cluster.requireOpen(this, node);
      return cluster.raiseRevision(node, base);
    });
  }

  @Override
  public void onEvent(Consumer<CoordinatorEvent> listener) {
    cluster.locked(() -> {
      listeners.add(listener);
      return listener;
    });
  }

  /** Under the cluster's lock; told by the dispatcher, as watches are. */
  void tell(CoordinatorEvent event) {
    for (Consumer<CoordinatorEvent> listener : List.copyOf(listeners)) {
      dispatcher.execute(() -> listener.accept(event));
    }
  }

  @Override
  public Watch watch(String prefix, WatchListener listener) {
    return cluster.locked(() -> {
      cluster.requireOpen(this, node);
      MemoryWatch[] self = new MemoryWatch[1];
      MemoryWatch watch =
          new MemoryWatch(
              prefix, listener, dispatcher, () -> cluster.locked(() -> watches.remove(self[0])));
      self[0] = watch;
      watches.add(watch);
      watch.started(node.view.revision());
      return watch;
    });
  }

  /** Under the cluster's lock. */
  void tell(Delta delta) {
    watches.forEach(watch -> watch.tell(delta));
  }

  /** Under the cluster's lock. */
  void resync(long revision) {
    watches.forEach(watch -> watch.resync(revision));
  }

  MemoryLease memoryLease() {
    return lease;
  }

  @Override
  public NodeLease lease() {
    return lease;
  }

  @Override
  public CoordinatorStatus status() {
    return cluster.status(node);
  }

  @Override
  public Optional<Voters> voters() {
    return Optional.of(new MemoryVoters(cluster));
  }

  @Override
  public void close() {
    boolean wasOpen =
        cluster.locked(() -> {
          List.copyOf(watches).forEach(MemoryWatch::close);
          return cluster.left(this, node);
        });
    if (!wasOpen) {
      return;
    }
    dispatcher.shutdown();
    if (Thread.currentThread().equals(dispatcherThread)) {
      return; // a listener closes us: waiting for its end would never end
    }
    try {
      if (!dispatcher.awaitTermination(CLOSE_WAIT_SECONDS, TimeUnit.SECONDS)) {
        dispatcher.shutdownNow();
      }
    } catch (InterruptedException e) {
      dispatcher.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
