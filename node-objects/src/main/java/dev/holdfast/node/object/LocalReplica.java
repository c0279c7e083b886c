// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.cleanup.ReapingPlanner;
import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Dot;
import dev.holdfast.core.version.KeyLives;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.node.object.ObjectMessages.VersionSummary;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.store.Branch;
import dev.holdfast.node.store.Chunk;
import dev.holdfast.node.store.ChunkStore;
import dev.holdfast.node.store.DeletionLog;
import dev.holdfast.node.store.HeadRow;
import dev.holdfast.node.store.Intent;
import dev.holdfast.node.store.LocalStore;
import dev.holdfast.node.store.UploadRows;
import dev.holdfast.spi.Bytes;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The copies of this node. */
final class LocalReplica implements Replica {
  private static final Logger log = LoggerFactory.getLogger(LocalReplica.class);

  private final String self;
  private final LocalStore store;
  private final Replicas replicas;
  private final KeyTouches touches = new KeyTouches();
  private final InTouch inTouch;
  private final DeletionLog deletions;

  /**
   * @param inTouch see {@link ReturnCheck}
   */
  LocalReplica(
      String self, LocalStore store, Replicas replicas, InTouch inTouch, InstantSource clock) {
    this.inTouch = inTouch;
    this.deletions = store.deletions(clock);
    this.self = self;
    this.store = store;
    this.replicas = replicas;
  }

  /** Who counts on the copy of a key that is about to be removed. */
  KeyTouches touches() {
    return touches;
  }

  @Override
  public List<ChunkRef> missing(List<ChunkRef> refs) {
    // Whoever is told that a chunk is here will name it in a version.
    store.chunks().claim(refs);
    return refs.stream().distinct().filter(ref -> !store.chunks().isIntact(ref)).toList();
  }

  /** Those that are not here, as far as names say: reads nothing. */
  List<ChunkRef> absent(List<ChunkRef> refs) {
    store.chunks().claim(refs);
    return refs.stream().distinct().filter(ref -> !store.chunks().contains(ref)).toList();
  }

  @Override
  public void store(Chunk chunk) {
    store.chunks().put(List.of(chunk));
  }

  @Override
  public List<ChunkRef> pull(List<ChunkRef> refs, List<String> sources) {
    List<ChunkRef> left = new ArrayList<>();
    for (ChunkRef ref : missing(refs)) {
      Optional<byte[]> bytes = fetch(ref, sources);
      if (bytes.isPresent()) {
        store(new Chunk(ref, bytes.get()));
      } else {
        left.add(ref);
      }
    }
    return left;
  }

  /** Verified. */
  private Optional<byte[]> fetch(ChunkRef ref, List<String> sources) {
    for (String source : sources) {
      if (source.equals(self)) {
        continue;
      }
      try {
        Optional<byte[]> bytes = replicas.of(source).chunk(ref);
        if (bytes.isPresent() && ref.matches(bytes.get())) {
          return bytes;
        }
      } catch (PeerException e) {
        log.debug("Cannot fetch a chunk from {}", source, e);
      }
    }
    return Optional.empty();
  }

  @Override
  public boolean stage(VersionRecord version) {
    requireWhole(version);
    // They were verified when this write brought or offered them, and must not go in between.
    try (ChunkStore.Use _ = store.chunks().use()) {
      touches.touch(version.key());
      if (!absent(version.chunks()).isEmpty()) {
        return false;
      }
      store.records().stage(version);
      return true;
    }
  }

  @Override
  public CompletableFuture<Boolean> stageLater(VersionRecord version) {
    if (!version.chunks().isEmpty()) {
      return blocking("stage", () -> stage(version));
    }
    requireWhole(version);
    // What comes into the queue of the store later finds the record there.
    try (ChunkStore.Use _ = store.chunks().use()) {
      touches.touch(version.key());
      return store.records().stageLater(version);
    }
  }

  /** On a thread of its own. */
  private static CompletableFuture<Boolean> blocking(String name, BooleanSupplier action) {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    Thread.ofVirtual()
        .name(name)
        .start(() -> {
          try {
            done.complete(action.getAsBoolean());
          } catch (RuntimeException | Error e) {
            done.completeExceptionally(e);
          }
        });
    return done;
  }

  private static void requireWhole(VersionRecord version) {
    if (!version.isWhole()) {
      throw new IllegalArgumentException("The bytes of " + version.key() + " are not its own");
    }
  }

  /** Keeps a version that the cluster agreed on; false when chunks of it are not here. */
  boolean keep(VersionRecord version, VersionId id, long revision) {
    try (ChunkStore.Use _ = store.chunks().use()) {
      touches.touch(version.key());
      return absent(version.chunks()).isEmpty()
          && store.records().confirm(version.key(), id, version, revision, List.of());
    }
  }

  /** Keeps a version that others have accepted; false when chunks of it are not here. */
  boolean keepProvisional(VersionRecord version, VersionId id) {
    try (ChunkStore.Use _ = store.chunks().use()) {
      touches.touch(version.key());
      return absent(version.chunks()).isEmpty()
          && store.records().accept(version.key(), id, version, List.of());
    }
  }

  @Override
  public void unstage(ObjectKey key, VersionId id, Dot dot) {
    store.records().unstage(key, id, dot);
  }

  @Override
  public CompletableFuture<Boolean> confirmLater(
      ObjectKey key, VersionId id, long revision, List<String> behind) {
    return store.records().confirmLater(key, id, null, revision, intents(key, id, behind));
  }

  private List<Intent> intents(ObjectKey key, VersionId id, List<String> behind) {
    return behind.stream()
        .filter(node -> !node.equals(self))
        .map(node -> Intent.agreed(node, key, id))
        .toList();
  }

  @Override
  public boolean accept(ObjectKey key, VersionId id) {
    return store.records().accept(key, id, null, List.of());
  }

  @Override
  public void hold(ObjectKey key, VersionId id, boolean isAgreed) {
    store.records().enqueue(List.of(new Intent(self, key, id, isAgreed)));
  }

  @Override
  public Optional<VersionRecord> version(ObjectKey key, VersionId id) {
    return store.records().version(key, id);
  }

  @Override
  public boolean vouches(ObjectKey key, VersionId id) {
    return inTouch.is()
        && store.records().version(key, id).filter(one -> one.state().isVisible()).isPresent();
  }

  @Override
  public ReapingPlanner.Copy reapingCopy(ObjectKey key, VersionId tombstone) {
    return store.records().reaped().reapingCopy(key, tombstone);
  }

  @Override
  public void forget(ObjectKey key, long reapedRevision) {
    if (store.records().head(key).isEmpty() && store.records().versions(key, 1).isEmpty()) {
      return;
    }
    deletions.write(
        "forget", quoted(key), 0, "its deletion was reaped at revision " + reapedRevision);
    KeyLives.Ended ended = store.records().reaped().reap(key, reapedRevision);
    ended
        .unknown()
        .forEach(id -> log.warn("{} of {} is set aside: it rests on a reaped deletion", id, key));
  }

  /** On one line, whatever is in it. */
  static String quoted(ObjectKey key) {
    return '"' + key.value().replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r") + '"';
  }

  @Override
  public Optional<byte[]> chunk(ChunkRef ref) {
    return store.chunks().read(ref);
  }

  @Override
  public List<VersionSummary> versions(ObjectKey key, Optional<VersionId> after) {
    return store.records().versions(key, after, VERSIONS_PAGE).stream()
        .map(LocalReplica::summary)
        .toList();
  }

  static VersionSummary summary(VersionRecord version) {
    return new VersionSummary(
        version.id().value(),
        version.parents().stream().map(VersionId::value).toList(),
        version.isRemoved() ? VersionSummary.REMOVED : version.state().label(),
        version.sizeBytes(),
        version.contentSha256().toHex(),
        version.deleted(),
        version.author(),
        version.writtenAtMillis());
  }

  @Override
  public List<HeadRow> heads(byte[] prefix, byte[] from, int limit) {
    return store.records().heads(prefix, from, limit);
  }

  @Override
  public KeySight sight(ObjectKey key) {
    return new KeySight(
        store.records().head(key), new TreeSet<>(store.records().branches().of(key)));
  }

  @Override
  public List<BranchName> branches(Optional<BranchName> after) {
    return store
        .records()
        .branches()
        .list(
            after.map(one -> new Branch(one.key(), one.version(), false, Set.of())), BRANCHES_PAGE)
        .stream()
        .map(branch -> new BranchName(branch.key(), branch.version()))
        .toList();
  }

  @Override
  public List<ChunkRef> unkept(UploadId upload, List<ChunkRef> refs) {
    Set<ChunkRef> lacking = new LinkedHashSet<>(absent(refs));
    lacking.addAll(store.records().uploads().lacking(upload.bytes(), refs));
    return List.copyOf(lacking);
  }

  @Override
  public List<ChunkRef> keepFor(UploadId upload, List<ChunkRef> refs, long bytesMax) {
    // What is here must not go before it is recorded that the upload needs it.
    try (ChunkStore.Use _ = store.chunks().use()) {
      List<ChunkRef> left = new ArrayList<>(absent(refs));
      List<ChunkRef> here = refs.stream().filter(ref -> !left.contains(ref)).toList();
      left.addAll(store.records().uploads().keep(upload.bytes(), here, bytesMax));
      return left;
    }
  }

  @Override
  public List<ChunkRef> unproven(Bytes salt, List<ProvenRef> refs) {
    store.chunks().claim(refs.stream().map(ProvenRef::ref).toList());
    return refs.stream()
        .filter(one ->
            store.chunks().read(one.ref()).filter(bytes -> one.isProvenBy(salt, bytes)).isEmpty())
        .map(ProvenRef::ref)
        .toList();
  }

  @Override
  public UploadRows.Kept kept(UploadId upload) {
    return store.records().uploads().kept(upload.bytes());
  }
}
