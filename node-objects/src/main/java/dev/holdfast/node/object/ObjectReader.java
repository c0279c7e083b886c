// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Content;
import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.store.Chunk;
import dev.holdfast.node.store.DiskFullException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads versions and their bytes from whoever has them: this node first, then replica by replica.
 */
final class ObjectReader {
  private static final Logger log = LoggerFactory.getLogger(ObjectReader.class);

  /** Chunks that are fetched before they are wanted: the memory that one download costs. */
  private static final int AHEAD_MAX = 2;

  private final ClusterView cluster;
  private final Replicas replicas;
  private final Executor fetchers = Executors.newVirtualThreadPerTaskExecutor();

  ObjectReader(ClusterView cluster, Replicas replicas) {
    this.cluster = cluster;
    this.replicas = replicas;
  }

  /**
   * Where to look for a version and its chunks.
   *
   * @param nodes in this order
   * @param isOwn this node keeps a copy, or should
   */
  record Sources(List<String> nodes, boolean isOwn) {
    Sources {
      nodes = List.copyOf(nodes);
    }
  }

  /** The head's record. Staged ones count: the coordinator says that it is the head. */
  VersionRecord version(ObjectKey key, HeadRecord head) {
    return replicas
        .findVersion(key, head.version(), sources(head).nodes())
        .orElseThrow(() -> new ObjectException.CopiesUnreachable(key, head.holders()));
  }

  /** This node, then who had a copy at the commit, then the rest; those that seem down last. */
  Sources sources(HeadRecord head) {
    Set<String> ordered = new LinkedHashSet<>();
    ordered.add(cluster.self());
    Set<String> healthy = cluster.healthy();
    head.written().stream().filter(healthy::contains).forEach(ordered::add);
    head.holders().stream().filter(healthy::contains).forEach(ordered::add);
    ordered.addAll(head.holders());
    return new Sources(new ArrayList<>(ordered), head.holders().contains(cluster.self()));
  }

  /** A part of a version's bytes, of which the first chunk is here already. */
  Download open(VersionRecord version, Sources sources, ByteRange range) {
    return switch (version.content()) {
      case Content.Removed _ ->
          throw new ObjectException.VersionRemoved(version.key(), version.id());
      case Content.Inline inline ->
          new Download(
              new ArrayDeque<>(List.of(new Piece(Optional.empty(), slice(inline, range)))),
              _ -> CompletableFuture.failedFuture(new IllegalStateException("Nothing to fetch")));
      case Content.Chunked chunked -> {
        Download download =
            new Download(
                pieces(chunked, range),
                ref ->
                    CompletableFuture.supplyAsync(
                        () -> fetch(version.key(), sources, ref), fetchers));
        download.first();
        yield download;
      }
    };
  }

  private static byte[] slice(Content.Inline inline, ByteRange range) {
    byte[] part = new byte[(int) range.length()];
    inline.bytes().asBuffer().get((int) range.first(), part);
    return part;
  }

  private static Deque<Piece> pieces(Content.Chunked content, ByteRange range) {
    Deque<Piece> pieces = new ArrayDeque<>();
    long at = 0;
    long end = range.first() + range.length();
    for (ChunkRef ref : content.chunks()) {
      long from = Math.max(range.first(), at);
      long to = Math.min(end, at + ref.length());
      if (from < to) {
        pieces.add(
            new Piece(Optional.of(new Wanted(ref, (int) (from - at), (int) (to - from))), NOTHING));
      }
      at += ref.length();
    }
    return pieces;
  }

  private static final byte[] NOTHING = new byte[0];

  private record Wanted(ChunkRef ref, int from, int length) {}

  /**
   * @param bytes when nothing has to be fetched
   */
  @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
  private record Piece(Optional<Wanted> wanted, byte[] bytes) {}

  private byte[] fetch(ObjectKey key, Sources sources, ChunkRef ref) {
    for (String source : sources.nodes()) {
      try {
        Optional<byte[]> bytes = replicas.of(source).chunk(ref);
        if (bytes.isPresent() && ref.matches(bytes.get())) {
          heal(sources, source, ref, bytes.get());
          return bytes.get();
        }
      } catch (PeerException e) {
        log.debug("Cannot fetch a chunk of {} from {}", key, source, e);
      }
    }
    throw new ObjectException.CopiesUnreachable(key, sources.nodes());
  }

  /** This node should have had it: it was damaged or not here yet. */
  private void heal(Sources sources, String source, ChunkRef ref, byte[] bytes) {
    if (!source.equals(cluster.self()) && sources.isOwn()) {
      try {
        replicas.local().store(new Chunk(ref, bytes));
      } catch (DiskFullException e) {
        log.warn("No room to restore a chunk: {}", e.getMessage());
      }
    }
  }

  @FunctionalInterface
  private interface Fetcher {
    CompletableFuture<byte[]> start(ChunkRef ref);
  }

  /** Confined to the thread of the request. */
  static final class Download {
    private final Deque<Piece> pieces;
    private final Fetcher fetcher;
    private final Deque<CompletableFuture<byte[]>> ahead = new ArrayDeque<>();
    private final Deque<Piece> aheadPieces = new ArrayDeque<>();

    private Download(Deque<Piece> pieces, Fetcher fetcher) {
      this.pieces = pieces;
      this.fetcher = fetcher;
    }

    /** Waits for the first chunk, so that a failure shows before the answer begins. */
    private void first() {
      fetchAhead();
      CompletableFuture<byte[]> first = ahead.peek();
      if (first != null) {
        join(first);
      }
    }

    void writeTo(OutputStream out) throws IOException {
      fetchAhead();
      while (!aheadPieces.isEmpty()) {
        Piece piece = aheadPieces.remove();
        byte[] bytes = join(ahead.remove());
        fetchAhead();
        if (piece.wanted.isPresent()) {
          out.write(bytes, piece.wanted.get().from, piece.wanted.get().length);
        } else {
          out.write(bytes);
        }
      }
    }

    private void fetchAhead() {
      while (ahead.size() < AHEAD_MAX && !pieces.isEmpty()) {
        Piece piece = pieces.remove();
        aheadPieces.add(piece);
        ahead.add(
            piece
                .wanted
                .map(wanted -> fetcher.start(wanted.ref))
                .orElseGet(() -> CompletableFuture.completedFuture(piece.bytes)));
      }
    }

    private static byte[] join(CompletableFuture<byte[]> future) {
      try {
        return future.join();
      } catch (java.util.concurrent.CompletionException e) {
        if (e.getCause() instanceof RuntimeException cause) {
          throw cause;
        }
        throw e;
      }
    }
  }
}
