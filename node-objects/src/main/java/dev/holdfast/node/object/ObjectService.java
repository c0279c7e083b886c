// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.ReadMode;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.store.DiskFullException;
import dev.holdfast.node.store.SpaceGuard;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * The use cases of objects. Any node serves any key. Blocking, thread-safe; what hinders a request
 * on its way is an {@link ObjectException}.
 */
public final class ObjectService {
  private final ClusterView cluster;
  private final ObjectWriter writer;
  private final ObjectReader reader;
  private final ObjectLister lister;
  private final Finder finder;
  private final Confirmer confirmer;
  private final Histories histories;
  private final ConflictLister conflicts;
  private final SpaceGuard space;
  private final BodyBuffers buffers;

  ObjectService(
      ClusterView cluster,
      ObjectWriter writer,
      ObjectReader reader,
      ObjectLister lister,
      Finder finder,
      Confirmer confirmer,
      Histories histories,
      ConflictLister conflicts,
      SpaceGuard space,
      BodyBuffers buffers) {
    this.cluster = cluster;
    this.writer = writer;
    this.reader = reader;
    this.lister = lister;
    this.finder = finder;
    this.confirmer = confirmer;
    this.histories = histories;
    this.conflicts = conflicts;
    this.space = space;
    this.buffers = buffers;
  }

  /**
   * @param in the body
   * @param announcedBytes -1 when its length was not announced
   * @param sha256 hex of what the body must hash to
   */
  record Upbound(InputStream in, long announcedBytes, Optional<String> sha256) {}

  /** Acknowledges when a majority of the copies is fsynced and the head was moved. */
  WriteOutcome put(WriteRequest request, Upbound body) {
    try {
      space.checkWritable();
      try (BodyBuffers.Reserved _ = buffers.head(body.announcedBytes())) {
        return writer.write(
            request,
            upload -> {
              BodyReader reader = new BodyReader(body.in(), body.announcedBytes(), buffers);
              BodyReader.Body sent = reader.sendTo(upload);
              verify(body, sent);
              return sent;
            });
      }
    } catch (DiskFullException e) {
      return new WriteOutcome.DiskFull(String.valueOf(e.getMessage()));
    }
  }

  /** A write whose bytes are here already, see {@link UploadService#body}. */
  WriteOutcome put(WriteRequest request, ObjectWriter.BodySource body) {
    try {
      space.checkWritable();
      return writer.write(request, body);
    } catch (DiskFullException e) {
      return new WriteOutcome.DiskFull(String.valueOf(e.getMessage()));
    }
  }

  private static void verify(Upbound body, BodyReader.Body sent) {
    if (body.sha256().isPresent() && !body.sha256().get().equals(sent.sha256().toHex())) {
      throw new ObjectException.ChecksumMismatch(sent.sha256().toHex(), body.sha256().get());
    }
  }

  /** Whether requests wait for the memory that bodies under way hold. */
  boolean othersWait() {
    return buffers.othersWait();
  }

  /** A tombstone. Goes on while disks are full. */
  WriteOutcome delete(WriteRequest request) {
    return writer.write(request, ObjectWriter.NO_BODY);
  }

  /** The confirmed head, see {@link Finder#find}; empty when there is no object. */
  Optional<Found> find(ObjectKey key) {
    return finder.find(key, ReadMode.PREFERRED);
  }

  Optional<Found> find(ObjectKey key, ReadMode mode) {
    return finder.find(key, mode);
  }

  /** One version, whichever; empty when no node in reach has it, or it is a tombstone. */
  Optional<Found> find(ObjectKey key, VersionId id) {
    return finder.find(key, id);
  }

  /** A version that a reader may have. */
  record Found(
      VersionRecord version, VersionId id, ObjectReader.Sources sources, Certainty certainty) {}

  /** How much of the cluster stands behind an answer. */
  enum Certainty {
    /** It was the confirmed head at a moment after the request came. */
    LINEARIZABLE,
    /** It is what the nodes in reach know. */
    LOCAL
  }

  /** Makes a provisional version the head, if it comes after the one that is there. */
  WriteOutcome confirm(ObjectKey key, VersionId id) {
    return confirmer.confirm(key, id);
  }

  /**
   * A version on top of several, which ends their conflict.
   *
   * @param request names the parents
   * @param taken the version whose bytes the new one has
   */
  WriteOutcome merge(WriteRequest request, VersionId taken) {
    Optional<Found> found = finder.any(request.key(), taken);
    if (found.isEmpty()) {
      return new WriteOutcome.VersionUnknown(request.key(), taken);
    }
    VersionRecord version = found.get().version();
    WriteRequest merge =
        new WriteRequest(
            request.key(),
            version.contentType(),
            version.metadata(),
            version.deleted(),
            request.preconditions(),
            request.fence(),
            request.author(),
            request.id(),
            request.terms());
    List<String> sources = found.get().sources().nodes();
    return writer.write(
        merge,
        upload -> {
          upload.fetch(version.chunks(), sources);
          return new BodyReader.Body(version.content(), version.contentSha256());
        });
  }

  /** Memory is reserved until the download is closed. */
  record Opened(ObjectReader.Download download, BodyBuffers.Reserved reserved)
      implements AutoCloseable {
    @Override
    public void close() {
      reserved.close();
    }
  }

  Opened open(Found found, ByteRange range) {
    BodyBuffers.Reserved reserved = buffers.download(range.length());
    try {
      return new Opened(reader.open(found.version(), found.sources(), range), reserved);
    } catch (RuntimeException e) {
      reserved.close();
      throw e;
    }
  }

  /** All versions that the replicas have, tombstones too; empty when the key never existed. */
  Optional<Histories.History> versions(ObjectKey key) {
    return histories.of(key);
  }

  /** Keys with several heads. */
  ConflictLister.Page conflicts(ConflictLister.Query query) {
    return conflicts.list(query);
  }

  /** Empty while this node does not know the cluster yet. */
  Optional<ObjectLister.Page> list(ObjectLister.Query query) {
    return cluster.map().nodes().isEmpty() ? Optional.empty() : Optional.of(lister.list(query));
  }
}
