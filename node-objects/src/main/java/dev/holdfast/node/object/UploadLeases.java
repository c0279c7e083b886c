// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.Keys;
import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Content;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.node.principal.Principal;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The leases of uploads, as the cluster agrees on them: so any node can go on with an upload, and
 * none is lost with the node that accepted it. Blocking, thread-safe.
 *
 * <p>What was appended lies beside the lease in parts of {@link #PART_CHUNKS} chunks each. All of
 * them but the last are full, and are written with the lease in one commit.
 */
final class UploadLeases {
  /** A commit writes two parts at most, of 36 bytes a chunk. */
  static final int PART_CHUNKS = 256;

  private static final int PAGE = 1_000;
  private static final int TRIES = 64;

  private final Agreement agreement;
  private final UploadSettings settings;
  private final InstantSource clock;

  UploadLeases(Agreement agreement, UploadSettings settings, InstantSource clock) {
    this.agreement = agreement;
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * A lease as it was seen.
   *
   * @param version of its entry
   */
  record Seen(UploadId id, UploadLease lease, long version) {
    private Condition unchanged() {
      return new Condition.AtVersion(id.entry(), version);
    }
  }

  long now() {
    return clock.millis();
  }

  long expiry() {
    return clock.millis() + settings.lease().toMillis();
  }

  /**
   * Keeps a new lease, unless its owner has too many: creations of one owner are decided one after
   * another.
   */
  void create(Principal owner, UploadId id, UploadLease lease) {
    EntryKey gate = new EntryKey(Keys.UPLOAD_OWNERS + UploadId.prefix(owner));
    for (int i = 0; i < TRIES; i++) {
      Observation before = agreement.read(List.of(gate)).getFirst();
      requireRoom(owner, lease);
      Transaction transaction =
          new Transaction(
              List.of(before.unchanged()),
              List.of(
                  new Change.Put(gate, Bytes.utf8(id.text())),
                  new Change.Put(id.entry(), lease.encode())));
      if (isCommitted(id, transaction)) {
        return;
      }
    }
    throw refused(new UploadRefusal.TooManyWriters());
  }

  private void requireRoom(Principal owner, UploadLease more) {
    int count = 0;
    long bytes = more.bytesMax();
    String after = "";
    List<Seen> page;
    do {
      page = list(owner, Optional.empty(), after, PAGE);
      for (Seen seen : page) {
        count++;
        bytes += seen.lease.bytesMax();
        after = seen.id.text();
      }
    } while (page.size() == PAGE && count < settings.uploadsMax());
    if (count >= settings.uploadsMax()) {
      throw refused(
          new UploadRefusal.TooMany("%d unfinished uploads".formatted(settings.uploadsMax())));
    }
    if (bytes > settings.bytesMax()) {
      throw refused(
          new UploadRefusal.TooMany(
              "%d bytes in unfinished uploads".formatted(settings.bytesMax())));
    }
  }

  /** Empty when it is over. Linearizable. */
  Optional<Seen> find(UploadId id) {
    Entry entry = agreement.read(List.of(id.entry())).getFirst().entry();
    return Optional.ofNullable(entry).map(UploadLeases::seen).filter(this::isOpen);
  }

  /**
   * Those of one owner, page by page.
   *
   * @param key of which object, empty for all
   * @param after the last id of the page before, empty for the first page
   */
  List<Seen> list(Principal owner, Optional<ObjectKey> key, String after, int limit) {
    String prefix = Keys.UPLOADS + UploadId.prefix(owner);
    List<Seen> found = new ArrayList<>();
    EntryKey from = after.isEmpty() ? null : new EntryKey(Keys.UPLOADS + after);
    do {
      Coordinator.Page page = agreement.scan(prefix, from, limit);
      page.entries().stream()
          .map(UploadLeases::seen)
          .filter(this::isOpen)
          .filter(seen -> key.isEmpty() || key.get().equals(seen.lease.key()))
          .forEach(found::add);
      from = page.next();
    } while (from != null && found.size() < limit);
    return List.copyOf(found.subList(0, Math.min(limit, found.size())));
  }

  /** Those of which nothing is left. Linearizable. */
  List<UploadId> gone(List<UploadId> ids) {
    return ids.isEmpty()
        ? List.of()
        : agreement.read(ids.stream().map(UploadId::entry).toList()).stream()
            .filter(seen -> !seen.isPresent())
            .map(seen -> UploadId.of(seen.key()))
            .toList();
  }

  /** All that are over, whoever's. */
  List<Seen> ended() {
    List<Seen> found = new ArrayList<>();
    @Nullable EntryKey from = null;
    do {
      Coordinator.Page page = agreement.scan(Keys.UPLOADS, from, PAGE);
      page.entries().stream()
          .map(UploadLeases::seen)
          .filter(seen -> !isOpen(seen))
          .forEach(found::add);
      from = page.next();
    } while (from != null);
    return found;
  }

  private boolean isOpen(Seen seen) {
    return !seen.lease.isOver(clock.millis());
  }

  /** A lease that is used lives on; it is written again when a good part of it is over. */
  Seen renewed(Seen seen) {
    long left = seen.lease.expiresMillis() - clock.millis();
    if (left > settings.lease().toMillis() * 3 / 4) {
      return seen;
    }
    return changed(seen, seen.lease.until(expiry())).orElse(seen);
  }

  /** Empty when somebody else changed it meanwhile. */
  Optional<Seen> changed(Seen seen, UploadLease next) {
    return isCommitted(seen.id, put(seen, next, List.of())) ? find(seen.id) : Optional.empty();
  }

  /** The chunks that were appended, in their order. */
  List<ChunkRef> appended(Seen seen) {
    int parts = parts(seen.lease);
    if (parts == 0) {
      return List.of();
    }
    List<EntryKey> keys = IntStream.range(0, parts).mapToObj(seen.id::part).toList();
    List<ChunkRef> refs = new ArrayList<>();
    for (Observation part : agreement.read(keys)) {
      Entry entry = part.entry();
      if (entry != null) {
        refs.addAll(ChunkRefs.unpack(entry.value().toArray()));
      }
    }
    return refs;
  }

  /**
   * Records an append; empty when somebody else changed the upload meanwhile: then nothing is.
   *
   * @param before the chunks that are there, all of them whole
   * @param refs those that come behind them, at most {@link #PART_CHUNKS}
   */
  Optional<Seen> append(Seen seen, List<ChunkRef> before, List<ChunkRef> refs) {
    int first = before.size();
    List<ChunkRef> all = new ArrayList<>(before.subList(first - first % PART_CHUNKS, first));
    all.addAll(refs);
    List<Change> changes = new ArrayList<>();
    for (int at = 0; at < all.size(); at += PART_CHUNKS) {
      List<ChunkRef> part = all.subList(at, Math.min(all.size(), at + PART_CHUNKS));
      changes.add(
          new Change.Put(
              seen.id.part(first / PART_CHUNKS + at / PART_CHUNKS),
              Bytes.wrap(ChunkRefs.pack(part))));
    }
    long bytes =
        (long) first * Content.FIXED_CHUNK_BYTES + refs.stream().mapToLong(ChunkRef::length).sum();
    UploadLease next = seen.lease.appended(bytes).until(expiry());
    return isCommitted(seen.id, put(seen, next, changes)) ? find(seen.id) : Optional.empty();
  }

  private static int parts(UploadLease lease) {
    long chunks =
        (lease.appendedBytes() + Content.FIXED_CHUNK_BYTES - 1) / Content.FIXED_CHUNK_BYTES;
    return (int) ((chunks + PART_CHUNKS - 1) / PART_CHUNKS);
  }

  /**
   * Ends an upload for good: from the first commit on nobody finds it, and what is left after a
   * crash {@link #ended} shows. True when this call did it.
   */
  boolean end(UploadId id) {
    boolean isEnded = false;
    for (int i = 0; i < TRIES; i++) {
      Entry entry = agreement.read(List.of(id.entry())).getFirst().entry();
      if (entry == null) {
        return isEnded;
      }
      Seen seen = seen(entry);
      if (parts(seen.lease) == 0) {
        if (isCommitted(id, delete(seen))) {
          return isEnded || isOpen(seen);
        }
      } else if (isOpen(seen)) {
        isEnded |= isCommitted(id, put(seen, seen.lease.until(0), List.of()));
      } else {
        removeParts(seen);
      }
    }
    throw refused(new UploadRefusal.TooManyWriters());
  }

  /** Of a lease that is over, so that no part comes any more. */
  private void removeParts(Seen seen) {
    List<Change> parts =
        IntStream.range(0, parts(seen.lease))
            .mapToObj(part -> (Change) new Change.Delete(seen.id.part(part)))
            .toList();
    int first = Math.min(parts.size(), Transaction.CHANGES_MAX - 1);
    List<Change> rest = parts.subList(first, parts.size());
    if (rest.isEmpty() || isCommitted(seen.id, new Transaction(List.of(seen.unchanged()), rest))) {
      var _ =
          isCommitted(seen.id, put(seen, seen.lease.appended(0).until(0), parts.subList(0, first)));
    }
  }

  private static Transaction delete(Seen seen) {
    return new Transaction(List.of(seen.unchanged()), List.of(new Change.Delete(seen.id.entry())));
  }

  private static Transaction put(Seen seen, UploadLease next, List<Change> more) {
    List<Change> changes = new ArrayList<>(more);
    changes.add(new Change.Put(seen.id.entry(), next.encode()));
    return new Transaction(List.of(seen.unchanged()), changes);
  }

  private boolean isCommitted(UploadId id, Transaction transaction) {
    return agreement.commit("A change of the upload " + id, transaction)
        instanceof CommitResult.Committed;
  }

  private static Seen seen(Entry entry) {
    return new Seen(UploadId.of(entry.key()), UploadLease.decode(entry.value()), entry.version());
  }

  private static ObjectException refused(UploadRefusal why) {
    return new ObjectException.UploadRefused(why);
  }
}
