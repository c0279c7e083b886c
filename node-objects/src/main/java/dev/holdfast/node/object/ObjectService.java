// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.object.ObjectMessages.VersionSummary;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.store.DiskFullException;
import dev.holdfast.node.store.SpaceGuard;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The use cases of objects, confirmed path only. Any node serves any key. Blocking, thread-safe;
 * what hinders a request on its way is an {@link ObjectException}.
 */
public final class ObjectService {
  private static final Logger log = LoggerFactory.getLogger(ObjectService.class);

  /** A list of versions has at most so many of each replica. */
  private static final int VERSIONS_MAX = 10_000;

  private final ClusterView cluster;
  private final Agreement agreement;
  private final ObjectWriter writer;
  private final ObjectReader reader;
  private final ObjectLister lister;
  private final Replicas replicas;
  private final SpaceGuard space;
  private final BodyBuffers buffers;

  ObjectService(
      ClusterView cluster,
      Agreement agreement,
      ObjectWriter writer,
      ObjectReader reader,
      ObjectLister lister,
      Replicas replicas,
      SpaceGuard space,
      BodyBuffers buffers) {
    this.cluster = cluster;
    this.agreement = agreement;
    this.writer = writer;
    this.reader = reader;
    this.lister = lister;
    this.replicas = replicas;
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

  /** The confirmed head, read linearizably, and what it is; empty when there is no object. */
  Optional<Found> find(ObjectKey key) {
    return Agreement.head(agreement.observe(key))
        .filter(found -> !found.deleted())
        .map(head -> new Found(head, reader.version(key, head)));
  }

  record Found(HeadRecord head, VersionRecord version) {
    VersionId id() {
      return head.version();
    }
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
      return new Opened(reader.open(found.version(), found.head(), range), reserved);
    } catch (RuntimeException e) {
      reserved.close();
      throw e;
    }
  }

  /**
   * @param replicas who keeps or will keep a copy of the head, best first
   * @param versions newest first, as far as their parents tell
   * @param unreachable replicas that could not be asked
   */
  record History(List<String> replicas, List<VersionSummary> versions, List<String> unreachable) {}

  /** All versions that the replicas have, tombstones too; empty when the key never existed. */
  Optional<History> versions(ObjectKey key) {
    return Agreement.head(agreement.observe(key)).map(head -> versions(key, head));
  }

  private History versions(ObjectKey key, HeadRecord head) {
    Map<String, VersionSummary> byId = new HashMap<>();
    List<String> unreachable = new ArrayList<>();
    for (String node : head.holders()) {
      try {
        for (VersionSummary version : replicas.of(node).versions(key, VERSIONS_MAX)) {
          byId.put(version.version(), version);
        }
      } catch (PeerException e) {
        log.debug("Cannot ask {} for the versions of {}", node, key, e);
        unreachable.add(node);
      }
    }
    if (unreachable.size() == head.holders().size()) {
      throw new ObjectException.CopiesUnreachable(key, head.holders());
    }
    return new History(head.holders(), newestFirst(head.version().value(), byId), unreachable);
  }

  private static List<VersionSummary> newestFirst(String head, Map<String, VersionSummary> byId) {
    List<VersionSummary> ordered = new ArrayList<>();
    VersionSummary at = byId.remove(head);
    while (at != null) {
      ordered.add(at);
      at = at.parents().isEmpty() ? null : byId.remove(at.parents().getFirst());
    }
    byId.values().stream()
        .sorted(Comparator.comparingLong(VersionSummary::writtenAtMillis).reversed())
        .forEach(ordered::add);
    return ordered;
  }

  /** Empty while this node does not know the cluster yet. */
  Optional<ObjectLister.Page> list(ObjectLister.Query query) {
    return cluster.map().nodes().isEmpty() ? Optional.empty() : Optional.of(lister.list(query));
  }
}
