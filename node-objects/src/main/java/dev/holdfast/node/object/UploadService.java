// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.replication.WritePlan;
import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Content;
import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.node.object.UploadLeases.Seen;
import dev.holdfast.node.principal.Principal;
import dev.holdfast.node.store.Chunk;
import dev.holdfast.node.store.DiskFullException;
import dev.holdfast.node.store.SpaceGuard;
import dev.holdfast.spi.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The use cases of uploads that are not finished. Any node goes on with any upload: its lease is
 * agreed on, and its chunks are kept by nodes that the lease names. Blocking, thread-safe; what
 * hinders a request is an {@link ObjectException}.
 *
 * <pre>
 *   create ──► missing ──► store, each missing chunk ──► commit: a PUT that names the chunks
 *     └──────► append, append, … ──────────────────────► commit
 * </pre>
 */
final class UploadService {
  private static final Logger log = LoggerFactory.getLogger(UploadService.class);

  private final Agreement agreement;
  private final Placement placement;
  private final UploadLeases leases;
  private final UploadChunks chunks;
  private final BodyBuffers buffers;
  private final SpaceGuard space;
  private final RandomGenerator random;

  UploadService(
      Agreement agreement,
      Placement placement,
      UploadLeases leases,
      UploadChunks chunks,
      BodyBuffers buffers,
      SpaceGuard space,
      RandomGenerator random) {
    this.agreement = agreement;
    this.placement = placement;
    this.leases = leases;
    this.chunks = chunks;
    this.buffers = buffers;
    this.space = space;
    this.random = random;
  }

  /** An upload, and how many bytes of it are here. */
  record Progress(Seen upload, long receivedBytes) {}

  Progress create(Principal owner, ObjectKey key, OptionalLong sizeBytes, Optional<Bytes> sha256) {
    checkWritable();
    byte[] salt = new byte[UploadLease.SALT_BYTES];
    random.nextBytes(salt);
    long now = leases.now();
    UploadLease lease =
        new UploadLease(
            key, sizeBytes, sha256, Bytes.wrap(salt), now, leases.expiry(), 0, plan(key).holders());
    UploadId id = UploadId.fresh(owner, random);
    leases.create(owner, id, lease);
    return new Progress(leases.find(id).orElseThrow(() -> unknown(id.text())), 0);
  }

  private WritePlan plan(ObjectKey key) {
    List<String> holders =
        Agreement.head(agreement.observe(key)).map(HeadRecord::holders).orElse(List.of());
    WritePlan plan = placement.plan(key, holders, Set.of());
    if (!plan.isPossible()) {
      throw refused(
          new UploadRefusal.TooFewNodes(plan.targets().size(), plan.holders(), plan.quorum()));
    }
    return plan;
  }

  Progress find(Principal owner, String id) {
    return progress(require(owner, id));
  }

  /** See {@link UploadLeases#list}. */
  List<Progress> list(Principal owner, Optional<ObjectKey> key, String after, int limit) {
    return leases.list(owner, key, after, limit).stream().map(this::progress).toList();
  }

  private Progress progress(Seen seen) {
    return new Progress(seen, chunks.received(seen));
  }

  /** Forgets an upload; its chunks go when nobody else needs them. */
  void abort(Principal owner, String id) {
    if (!leases.end(UploadId.parse(id, owner).orElseThrow(() -> unknown(id)))) {
      throw unknown(id);
    }
  }

  /** See {@link UploadChunks#missing}. */
  List<ChunkRef> missing(Principal owner, String id, List<UploadChunks.Claim> claims) {
    return chunks.missing(used(require(owner, id)), claims);
  }

  /**
   * A chunk of an upload.
   *
   * @param in the body
   * @param announcedBytes -1 when its length was not announced
   * @param sha256 its name
   */
  record Piece(InputStream in, long announcedBytes, Bytes sha256) {}

  /**
   * @param wanted nodes that shall keep it
   * @param written those that have fsynced it
   */
  record Stored(ChunkRef ref, int wanted, int written) {}

  /** Nothing is kept of bytes that are not what their name says. */
  Stored store(Principal owner, String id, Piece piece) {
    Seen seen = used(require(owner, id));
    checkWritable();
    if (piece.announcedBytes > Content.FIXED_CHUNK_BYTES) {
      throw new ObjectException.BodyTooLarge(Content.FIXED_CHUNK_BYTES);
    }
    try (BodyBuffers.Reserved _ = buffers.head(piece.announcedBytes)) {
      BodyReader body = new BodyReader(piece.in, piece.announcedBytes, buffers);
      Chunk chunk = chunk(body, piece);
      int written = send(seen, body, chunk);
      return new Stored(chunk.ref(), seen.lease().nodes().size(), written);
    }
  }

  private static Chunk chunk(BodyReader body, Piece piece) {
    byte[] bytes = body.next();
    try {
      if (bytes.length == 0) {
        throw refused(new UploadRefusal.BadManifest("a chunk has one byte at least"));
      }
      if (bytes.length == Content.FIXED_CHUNK_BYTES && body.isMore()) {
        throw new ObjectException.BodyTooLarge(Content.FIXED_CHUNK_BYTES);
      }
      body.checkLength();
      Chunk chunk = Chunk.of(bytes);
      if (!chunk.ref().hash().equals(piece.sha256)) {
        throw new ObjectException.ChecksumMismatch(
            chunk.ref().hash().toHex(), piece.sha256.toHex());
      }
      return chunk;
    } catch (RuntimeException e) {
      body.received().close();
      throw e;
    }
  }

  private int send(Seen seen, BodyReader body, Chunk chunk) {
    try (BodyBuffers.Reserved _ = body.received();
        BodyBuffers.Reserved _ = buffers.sending(chunk.bytes().length)) {
      return chunks.store(seen, chunk);
    }
  }

  /**
   * Adds bytes at the end of what was appended before. What has come in whole chunks stays, also
   * when the body breaks; a chunk that is shorter ends the upload.
   *
   * @param offset where they begin
   */
  Progress append(Principal owner, String id, long offset, ObjectService.Upbound piece) {
    Seen seen = require(owner, id);
    if (seen.lease().appendedBytes() != offset || offset % Content.FIXED_CHUNK_BYTES != 0) {
      throw refused(new UploadRefusal.WrongOffset(seen.lease().appendedBytes()));
    }
    checkWritable();
    try (BodyBuffers.Reserved _ = buffers.head(piece.announcedBytes())) {
      return progress(new Append(seen, piece).run());
    }
  }

  /** One append under way. */
  private final class Append {
    private final BodyReader body;
    private final List<ChunkRef> before;
    private final List<ChunkRef> refs = new ArrayList<>();
    private Seen seen;

    Append(Seen seen, ObjectService.Upbound piece) {
      this.seen = seen;
      this.before = new ArrayList<>(leases.appended(seen));
      this.body = new BodyReader(piece.in(), piece.announcedBytes(), buffers);
    }

    Seen run() {
      try {
        byte[] bytes;
        do {
          bytes = body.next();
          add(bytes);
        } while (bytes.length == Content.FIXED_CHUNK_BYTES);
        body.checkLength();
      } catch (ObjectException.BodyIncomplete | ObjectException.BodyTimeout e) {
        // All that came in whole chunks is worth keeping: the client goes on behind it.
        refs.removeIf(ref -> ref.length() < Content.FIXED_CHUNK_BYTES);
        record();
        throw e;
      }
      record();
      return seen;
    }

    private void add(byte[] bytes) {
      if (bytes.length == 0) {
        return;
      }
      long size = UploadManifest.sizeBytes(before) + UploadManifest.sizeBytes(refs);
      if (size + bytes.length > seen.lease().bytesMax()) {
        body.received().close();
        record();
        throw refused(new UploadRefusal.Full(seen.lease().bytesMax()));
      }
      Chunk chunk = Chunk.of(bytes);
      var _ = send(seen, body, chunk);
      refs.add(chunk.ref());
      if (refs.size() == UploadLeases.PART_CHUNKS) {
        record();
      }
    }

    private void record() {
      if (refs.isEmpty()) {
        return;
      }
      UploadId id = seen.id();
      seen =
          leases
              .append(seen, before, refs)
              .orElseThrow(() ->
                  refused(
                      new UploadRefusal.WrongOffset(
                          leases.find(id).map(now -> now.lease().appendedBytes()).orElse(0L))));
      before.addAll(refs);
      refs.clear();
    }
  }

  /**
   * The bytes of a write, which are here already.
   *
   * @param manifest its chunks, empty for what was appended
   * @param sha256 hex of what they must hash to
   */
  ObjectWriter.BodySource body(
      Principal owner,
      String id,
      ObjectKey key,
      Optional<List<ChunkRef>> manifest,
      Optional<String> sha256) {
    return upload -> {
      Seen seen = require(owner, id);
      if (!seen.lease().key().equals(key)) {
        throw refused(new UploadRefusal.OtherKey(seen.lease().key()));
      }
      List<ChunkRef> refs = manifest.orElseGet(() -> leases.appended(seen));
      checkSize(seen.lease(), UploadManifest.sizeBytes(refs));
      UploadChunks.Whole whole = whole(seen, refs);
      if (!whole.missing().isEmpty()) {
        throw refused(new UploadRefusal.ChunksMissing(whole.missing()));
      }
      checkHash(whole.sha256(), sha256);
      checkHash(whole.sha256(), seen.lease().sha256().map(Bytes::toHex));
      chunks.bring(seen, refs, upload.alive());
      return new BodyReader.Body(content(refs, whole), whole.sha256());
    };
  }

  /** Reads as a download does, and shares the memory of those. */
  private UploadChunks.Whole whole(Seen seen, List<ChunkRef> refs) {
    try (BodyBuffers.Reserved _ = buffers.download(UploadManifest.sizeBytes(refs))) {
      return chunks.whole(seen, refs);
    }
  }

  /**
   * The chunks that a commit names; empty for an empty body.
   *
   * @throws ObjectException when they are not well said
   */
  Optional<List<ChunkRef>> manifest(InputStream in) {
    try (BodyBuffers.Reserved _ = buffers.reading(UploadManifest.BYTES_MAX)) {
      byte[] text = in.readNBytes(UploadManifest.BYTES_MAX + 1);
      return text.length == 0 ? Optional.empty() : Optional.of(UploadManifest.parse(text));
    } catch (IOException e) {
      throw BodyReader.broken(e);
    }
  }

  /** As a plain PUT of the same bytes would have it. */
  private static Content content(List<ChunkRef> refs, UploadChunks.Whole whole) {
    return UploadManifest.sizeBytes(refs) <= Content.INLINE_BYTES_MAX
        ? new Content.Inline(whole.last())
        : new Content.Chunked(refs);
  }

  private static void checkSize(UploadLease lease, long bytes) {
    if (lease.sizeBytes().isPresent() && lease.sizeBytes().getAsLong() != bytes) {
      throw refused(
          new UploadRefusal.BadManifest(
              "its chunks have %d bytes, the upload was created for %d"
                  .formatted(bytes, lease.sizeBytes().getAsLong())));
    }
  }

  private static void checkHash(Bytes actual, Optional<String> announced) {
    if (announced.isPresent() && !announced.get().equals(actual.toHex())) {
      throw new ObjectException.ChecksumMismatch(actual.toHex(), announced.get());
    }
  }

  /** After its commit: what is left of it is in nobody's way, and goes with its lease. */
  void committed(Principal owner, String id) {
    try {
      UploadId.parse(id, owner).ifPresent(leases::end);
    } catch (ObjectException e) {
      log.debug("The upload {} is committed, and ends by itself", id, e);
    }
  }

  private Seen require(Principal owner, String id) {
    return UploadId.parse(id, owner).flatMap(leases::find).orElseThrow(() -> unknown(id));
  }

  /** It lives on, at nodes that can be reached. */
  private Seen used(Seen seen) {
    List<String> up = seen.lease().nodes().stream().filter(placement::isHealthy).toList();
    if (up.size() >= seen.lease().quorum()) {
      return leases.renewed(seen);
    }
    // Chunks that only the old nodes keep are sent again, or found there when they are back.
    UploadLease moved = seen.lease().at(plan(seen.lease().key()).holders());
    return leases.changed(seen, moved.until(leases.expiry())).orElse(seen);
  }

  private void checkWritable() {
    try {
      space.checkWritable();
    } catch (DiskFullException e) {
      throw refused(new UploadRefusal.DiskFull(String.valueOf(e.getMessage())));
    }
  }

  private static ObjectException unknown(String id) {
    return refused(new UploadRefusal.Unknown(id));
  }

  private static ObjectException refused(UploadRefusal why) {
    return new ObjectException.UploadRefused(why);
  }
}
