// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import dev.holdfast.core.Keys;
import dev.holdfast.core.Names;
import dev.holdfast.core.map.Expiry;
import dev.holdfast.core.map.MapChange;
import dev.holdfast.core.map.MapReply;
import dev.holdfast.core.map.MapValue;
import dev.holdfast.core.map.MapWrite;
import dev.holdfast.core.operation.Operation;
import dev.holdfast.node.fence.FenceProblems;
import dev.holdfast.node.fence.Fences;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.map.MapBoard;
import dev.holdfast.node.map.MapOutcome;
import dev.holdfast.node.map.MapPage;
import dev.holdfast.node.map.MapProblems;
import dev.holdfast.node.map.MapService;
import dev.holdfast.node.map.MapSubscription;
import dev.holdfast.node.transact.SlotMemory;
import dev.holdfast.node.websocket.CloseCode;
import dev.holdfast.protocol.frame.Blob;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.EntryChange;
import dev.holdfast.protocol.frame.EntryItem;
import dev.holdfast.protocol.frame.EntryWrite;
import dev.holdfast.protocol.frame.FrameLimits;
import dev.holdfast.protocol.frame.ServerFrame;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one connection says about maps. Writes are handed over on the connection's own thread and
 * answered by the commit, together with those of their batch; everything else has a thread of its
 * own. Owns the watches of the connection. Thread-safe.
 */
final class MapFrames {
  private static final Logger LOG = LoggerFactory.getLogger(MapFrames.class);

  /** Watches of one connection. */
  private static final int WATCHES_MAX = 1_024;

  /** Room for the frame around the entries, and for base64 in JSON. */
  private static final int PAGE_BYTES = 40 << 10;

  private static final int TOLD_AT_ONCE = 256;

  /** No entry has this version. */
  private static final long NEVER = 0;

  private final MapService maps;
  private final Fences fences;
  private final FrameChannel channel;
  private final Lifetime lifetime;
  private final SlotMemory slots;
  private final Map<Long, MapSubscription> watches = new ConcurrentHashMap<>();

  MapFrames(SessionSocket node, FrameChannel channel, Lifetime lifetime) {
    this.lifetime = lifetime;
    this.maps = node.maps.service();
    this.fences = node.maps.fences();
    this.channel = channel;
    this.slots = new SlotMemory(node.coordinator);
  }

  /** A write that names a fence reads first, so it needs a thread. */
  static boolean isWrite(ClientFrame frame) {
    return switch (frame) {
      case ClientFrame.PutEntry put -> put.fence().isEmpty();
      case ClientFrame.DeleteEntry delete -> delete.fence().isEmpty();
      case ClientFrame.WriteEntries batch -> batch.fence().isEmpty();
      case ClientFrame.WriteEphemerals batch -> batch.fence().isEmpty();
      default -> false;
    };
  }

  /**
   * Hands a write over and does not wait.
   *
   * @param failed is told of what the coordinator could not do
   * @param done runs when it was answered
   */
  void write(ClientFrame frame, BiConsumer<ClientFrame, Throwable> failed, Runnable done) {
    CompletableFuture<MapOutcome> outcome;
    MapWrite write;
    try {
      write = parsed(frame);
      outcome = maps.write(write, slots);
    } catch (RuntimeException e) {
      failed.accept(frame, e);
      done.run();
      return;
    }
    var _ =
        outcome.whenComplete((result, error) -> {
          if (error != null) {
            failed.accept(frame, error);
          } else {
            answer(frame.request(), write, result);
          }
          done.run();
        });
  }

  private void answer(long request, MapWrite write, MapOutcome outcome) {
    if (outcome.reply() instanceof MapReply.Written) {
      channel.sendSoon(new ServerFrame.EntriesWritten(request, outcome.revision()));
    } else {
      channel.failSoon(request, MapProblems.of(write, outcome.reply()), false);
    }
  }

  private MapWrite parsed(ClientFrame frame) {
    try {
      return switch (frame) {
        case ClientFrame.PutEntry put ->
            new MapWrite(
                new Operation(put.session(), put.slot(), put.sequence(), put.again()),
                List.of(MapChange.put(put.map(), put.key(), put.value().array(), put.expected())),
                fence(put.fence(), put.again()));
        case ClientFrame.DeleteEntry delete ->
            new MapWrite(
                new Operation(delete.session(), delete.slot(), delete.sequence(), delete.again()),
                List.of(MapChange.delete(delete.map(), delete.key(), delete.expected())),
                fence(delete.fence(), delete.again()));
        case ClientFrame.WriteEntries batch ->
            new MapWrite(
                new Operation(batch.session(), batch.slot(), batch.sequence(), batch.again()),
                changes(batch.map(), batch.writes(), Expiry.NEVER),
                fence(batch.fence(), batch.again()));
        case ClientFrame.WriteEphemerals batch ->
            new MapWrite(
                new Operation(batch.session(), batch.slot(), batch.sequence(), batch.again()),
                changes(batch.map(), batch.writes(), expiry(batch)),
                fence(batch.fence(), batch.again()));
        default -> throw new IllegalStateException("Not a write: " + frame);
      };
    } catch (IllegalArgumentException e) {
      throw MapProblems.bad(e);
    }
  }

  private static Expiry expiry(ClientFrame.WriteEphemerals batch) {
    return batch.ttlMillis() == 0
        ? new Expiry.WithSession(batch.session())
        : new Expiry.After(batch.ttlMillis());
  }

  private static List<MapChange> changes(String map, List<EntryWrite> writes, Expiry expiry) {
    List<MapChange> changes = new ArrayList<>(writes.size());
    for (EntryWrite write : writes) {
      changes.add(
          write.delete()
              ? MapChange.delete(map, write.key(), write.expected())
              : MapChange.put(map, write.key(), write.value().array(), write.expected(), expiry));
    }
    return changes;
  }

  /**
   * A lock that has moved on says nothing about a write that may have been made before: only its
   * slot knows. So a retry goes on under a condition that never holds, and is refused in its place.
   */
  private @Nullable Condition fence(String fence, boolean again) {
    if (fence.isEmpty()) {
      return null;
    }
    try {
      return FenceProblems.require(fences.judge(fence));
    } catch (ProblemException e) {
      if (!again || !e.code().equals("FENCED")) {
        throw e;
      }
      String lock = fence.substring(0, fence.lastIndexOf(';'));
      return new Condition.AtVersion(Keys.lock(lock), NEVER);
    }
  }

  void get(ClientFrame.GetEntry get) {
    checkName(get.map(), get.key());
    if (!channel.isOpen()) {
      return;
    }
    long ageMillis = 0;
    Observation now;
    if (get.local()) {
      Coordinator.LocalObservation local = maps.readLocal(get.map(), get.key());
      now = local.observation();
      ageMillis = local.ageMillis();
    } else {
      now = maps.read(get.map(), get.key());
    }
    Entry entry = now.entry();
    channel.sendSoon(
        new ServerFrame.EntryValue(
            get.request(),
            now.revision(),
            entry == null ? 0 : entry.version(),
            entry == null ? Blob.EMPTY : Blob.wrap(MapValue.decode(entry.value())),
            ageMillis));
  }

  void list(ClientFrame.ListEntries list) {
    checkName(list.map(), list.after().isEmpty() ? "-" : list.after());
    if (!channel.isOpen()) {
      return; // Of a client that did not read what it had asked for before.
    }
    Optional<MapPage> found =
        maps.list(
            new MapPage.Query(
                list.map(),
                list.prefix(),
                list.after(),
                (int) Math.min(list.limit(), FrameLimits.MAX_PAGE),
                list.values(),
                PAGE_BYTES));
    if (found.isEmpty()) {
      channel.failSoon(list.request(), MapProblems.tooManyPages(), true);
      return;
    }
    MapPage page = found.get();
    List<EntryItem> items = new ArrayList<>(page.items().size());
    for (MapPage.Item item : page.items()) {
      items.add(new EntryItem(item.key(), item.version(), Blob.wrap(item.value())));
    }
    channel.sendSoon(
        new ServerFrame.EntryPage(list.request(), page.revision(), items, page.more()));
  }

  void count(ClientFrame.CountEntries count) {
    checkName(count.map(), "-");
    MapBoard.Totals totals = maps.totals(count.map());
    channel.sendSoon(
        new ServerFrame.EntryCounts(
            count.request(),
            maps.appliedRevision(),
            totals.entries(),
            totals.bytes(),
            maps.allBytes(),
            maps.maxStateBytes()));
  }

  void watch(ClientFrame.WatchEntries watch) {
    checkName(watch.map(), "-");
    if (watches.size() >= WATCHES_MAX) {
      throw new ProblemException(
          429,
          "TOO_MANY_WATCHES",
          "This connection has " + WATCHES_MAX + " watches",
          "End some, or open another connection.");
    }
    MapSubscription subscription =
        maps.watch(
            watch.map(),
            watch.prefix(),
            () -> Thread.ofVirtual().name("map-watch").start(() -> tell(watch.watch())));
    if (lifetime.whileOpen(() -> begin(watch.watch(), subscription)).isPresent()) {
      channel.sendSoon(
          new ServerFrame.EntriesWatched(watch.request(), watch.watch(), maps.appliedRevision()));
    }
  }

  private MapSubscription begin(long watch, MapSubscription subscription) {
    MapSubscription before = watches.put(watch, subscription);
    if (before != null) {
      before.close();
    }
    subscription.open();
    return subscription;
  }

  void unwatch(ClientFrame.UnwatchEntries unwatch) {
    MapSubscription subscription = watches.remove(unwatch.watch());
    if (subscription != null) {
      subscription.close();
    }
  }

  private void tell(long watch) {
    try {
      tellAll(watch);
    } catch (RuntimeException | Error e) {
      LOG.error("{} was not told of a map: its connection is closed", channel.client(), e);
      channel.close(CloseCode.INTERNAL, "a watch could not be told");
    }
  }

  private void tellAll(long watch) {
    MapSubscription subscription = watches.get(watch);
    while (subscription != null && !subscription.isClosed() && channel.isOpen()) {
      if (!channel.awaitQuiet(2 * FrameLimits.MAX_FRAME_BYTES)) {
        continue; // It does not read: what changes meanwhile is merged, or becomes a resync.
      }
      MapSubscription.Work work = subscription.take(TOLD_AT_ONCE);
      if (work.isNone()) {
        return;
      }
      if (work.resyncAt() >= 0) {
        channel.sendSoon(
            new ServerFrame.EntriesResync(
                watch, Math.max(work.resyncAt(), maps.appliedRevision())));
      } else {
        tell(watch, subscription.map(), work.keys());
      }
    }
  }

  private void tell(long watch, String map, List<String> keys) {
    List<EntryChange> changes = new ArrayList<>(keys.size());
    long sizeBytes = 0;
    for (String key : keys) {
      EntryChange change = change(map, key);
      sizeBytes += 64 + 3L * key.length() + change.value().array().length;
      if (!changes.isEmpty() && sizeBytes > PAGE_BYTES) {
        channel.sendSoon(new ServerFrame.EntriesChanged(watch, changes));
        changes = new ArrayList<>();
        sizeBytes = 64 + 3L * key.length() + change.value().array().length;
      }
      changes.add(change);
    }
    channel.sendSoon(new ServerFrame.EntriesChanged(watch, changes));
  }

  private EntryChange change(String map, String key) {
    Observation now = maps.readLocal(map, key).observation();
    Entry entry = now.entry();
    return entry == null
        ? new EntryChange(key, now.lastDeleted(), true, Blob.EMPTY)
        : new EntryChange(key, entry.version(), false, Blob.wrap(MapValue.decode(entry.value())));
  }

  private static void checkName(String map, String key) {
    Names.mapProblem(map)
        .or(() -> Names.mapKeyProblem(key))
        .ifPresent(problem -> {
          throw new ProblemException(400, "BAD_NAME", problem, "Choose another name.");
        });
  }

  void unfollowAll() {
    watches.values().forEach(MapSubscription::close);
    watches.clear();
  }
}
