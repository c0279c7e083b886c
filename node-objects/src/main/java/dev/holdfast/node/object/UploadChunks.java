// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.node.object.UploadLeases.Seen;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.store.Chunk;
import dev.holdfast.spi.Bytes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the chunks of an upload are. A chunk counts as received when a majority of the upload's
 * nodes keep it. It came from the client, or the client proved that it has the bytes: so knowing
 * the hash of somebody else's chunk is not enough to put it into an object and read it there.
 * Blocking, thread-safe.
 */
final class UploadChunks {
  private static final Logger log = LoggerFactory.getLogger(UploadChunks.class);

  /** Chunks that a node reads for one call, which must end within its timeout. */
  private static final int READ_AT_ONCE = 16;

  /** References in one call that reads none of them. */
  private static final int NAMES_AT_ONCE = 4_096;

  private final UploadNodes nodes;
  private final Replicas replicas;

  UploadChunks(UploadNodes nodes, Replicas replicas) {
    this.nodes = nodes;
    this.replicas = replicas;
  }

  /**
   * A chunk that a client says it has.
   *
   * @param proof empty when it does not prove it
   */
  record Claim(ChunkRef ref, Optional<Bytes> proof) {}

  /** Which nodes keep which chunks for an upload. */
  private static final class Copies {
    private final Map<String, Set<ChunkRef>> byNode = new LinkedHashMap<>();

    void add(String node, Collection<ChunkRef> refs) {
      byNode.computeIfAbsent(node, _ -> new HashSet<>()).addAll(refs);
    }

    boolean has(String node, ChunkRef ref) {
      return byNode.getOrDefault(node, Set.of()).contains(ref);
    }

    long count(ChunkRef ref) {
      return byNode.values().stream().filter(refs -> refs.contains(ref)).count();
    }

    List<String> nodesOf(Collection<ChunkRef> refs) {
      return byNode.keySet().stream()
          .filter(node -> refs.stream().anyMatch(ref -> has(node, ref)))
          .toList();
    }
  }

  /**
   * Those that the client has to send. The others are kept for the upload when this returns, also
   * when they were found at nodes that are none of its own.
   */
  List<ChunkRef> missing(Seen seen, List<Claim> claims) {
    List<String> own = requireNodes(seen);
    Set<ChunkRef> refs = new LinkedHashSet<>(claims.stream().map(Claim::ref).toList());
    Copies kept = kept(seen, own, List.copyOf(refs));
    Set<ChunkRef> open = new LinkedHashSet<>(refs);
    open.removeIf(ref -> kept.count(ref) >= seen.lease().quorum());
    if (open.isEmpty()) {
      return List.of();
    }
    Copies sources = proven(seen, own, claims, open, kept);
    nodes
        .askNamed(own, node -> fetched(seen, node, open, kept, sources))
        .byNode()
        .forEach(kept::add);
    return open.stream().filter(ref -> kept.count(ref) < seen.lease().quorum()).toList();
  }

  private Copies kept(Seen seen, List<String> own, List<ChunkRef> refs) {
    Copies kept = new Copies();
    nodes
        .ask(own, replica -> some(refs, NAMES_AT_ONCE, part -> replica.unkept(seen.id(), part)))
        .byNode()
        .forEach((node, lacking) -> kept.add(node, without(refs, lacking)));
    return kept;
  }

  /** Where the bytes are that the client has, too. */
  private Copies proven(
      Seen seen, List<String> own, List<Claim> claims, Set<ChunkRef> open, Copies kept) {
    Copies sources = new Copies();
    kept.byNode.forEach(sources::add);
    Map<ChunkRef, ProvenRef> proofs = new LinkedHashMap<>();
    claims.stream()
        .filter(claim -> open.contains(claim.ref) && claim.proof.isPresent())
        .forEach(claim -> proofs.put(claim.ref, new ProvenRef(claim.ref, claim.proof.get())));
    prove(seen, own, proofs.values(), sources);
    // Others are asked only for what none of its own nodes has.
    prove(
        seen,
        nodes.others(own),
        proofs.values().stream().filter(one -> sources.count(one.ref()) == 0).toList(),
        sources);
    return sources;
  }

  private void prove(Seen seen, List<String> asked, Collection<ProvenRef> proofs, Copies sources) {
    if (proofs.isEmpty()) {
      return;
    }
    Bytes salt = seen.lease().salt();
    nodes
        .askNamed(
            asked,
            node -> {
              List<ProvenRef> here =
                  proofs.stream().filter(one -> !sources.has(node, one.ref())).toList();
              Replica replica = replicas.of(node);
              List<ChunkRef> unproven =
                  some(here, READ_AT_ONCE, part -> replica.unproven(salt, part));
              return without(here.stream().map(ProvenRef::ref).toList(), unproven);
            })
        .byNode()
        .forEach(sources::add);
  }

  /** Lets a node keep what it lacks and another one has; returns what it keeps more. */
  private List<ChunkRef> fetched(
      Seen seen, String node, Set<ChunkRef> open, Copies kept, Copies sources) {
    List<ChunkRef> wanted =
        open.stream().filter(ref -> !kept.has(node, ref) && sources.count(ref) > 0).toList();
    Replica replica = replicas.of(node);
    List<ChunkRef> left =
        some(
            wanted,
            READ_AT_ONCE,
            part -> {
              List<ChunkRef> absent = part.stream().filter(ref -> !sources.has(node, ref)).toList();
              if (!absent.isEmpty()) {
                replica.pull(absent, sources.nodesOf(absent));
              }
              return replica.keepFor(seen.id(), part, seen.lease().bytesMax());
            });
    return without(wanted, left);
  }

  /**
   * Stores a chunk that the client sent; returns how many nodes have fsynced it.
   *
   * @throws ObjectException.UploadRefused when they are too few
   */
  int store(Seen seen, Chunk chunk) {
    List<String> own = requireNodes(seen);
    List<ChunkRef> ref = List.of(chunk.ref());
    UploadNodes.Answers<List<ChunkRef>> answers =
        nodes.ask(
            own,
            replica -> {
              replica.store(chunk);
              return replica.keepFor(seen.id(), ref, seen.lease().bytesMax());
            });
    int stored = (int) answers.byNode().values().stream().filter(List::isEmpty).count();
    if (stored >= seen.lease().quorum()) {
      return stored;
    }
    if (stored < answers.byNode().size()) {
      // It was stored a moment before: so there was no room for it in the upload.
      throw refused(new UploadRefusal.Full(seen.lease().bytesMax()));
    }
    throw answers.isAnyDiskFull()
        ? refused(new UploadRefusal.DiskFull("Too many nodes of the upload have a full disk."))
        : tooFew(seen, stored);
  }

  /** The bytes that any of the upload's nodes keeps, by the most that one has. */
  long received(Seen seen) {
    return nodes
        .ask(nodes.up(seen.lease().nodes()), replica -> replica.kept(seen.id()).bytes())
        .byNode()
        .values()
        .stream()
        .mapToLong(bytes -> bytes)
        .max()
        .orElse(0);
  }

  /**
   * The hash of all bytes, each chunk read and compared with its name.
   *
   * @return the hash, or what is missing
   */
  Whole whole(Seen seen, List<ChunkRef> refs) {
    List<String> own = nodes.up(seen.lease().nodes());
    Copies kept = kept(seen, own, List.copyOf(new LinkedHashSet<>(refs)));
    List<ChunkRef> missing = refs.stream().distinct().filter(ref -> kept.count(ref) == 0).toList();
    MessageDigest digest = Sha256.digest();
    byte[] last = new byte[0];
    for (ChunkRef ref : missing.isEmpty() ? refs : List.<ChunkRef>of()) {
      Optional<byte[]> bytes = read(ref, nodes.nearestFirst(kept.nodesOf(List.of(ref))));
      if (bytes.isEmpty()) {
        return new Whole(List.of(ref), Bytes.EMPTY, Bytes.EMPTY);
      }
      last = bytes.get();
      digest.update(last);
    }
    return new Whole(missing, Bytes.wrap(digest.digest()), Bytes.wrap(last));
  }

  /**
   * @param missing chunks that no node keeps for the upload; then the rest means nothing
   * @param last the bytes of the last chunk
   */
  record Whole(List<ChunkRef> missing, Bytes sha256, Bytes last) {}

  private Optional<byte[]> read(ChunkRef ref, List<String> sources) {
    for (String source : sources) {
      try {
        Optional<byte[]> bytes = replicas.of(source).chunk(ref).filter(ref::matches);
        if (bytes.isPresent()) {
          return bytes;
        }
      } catch (PeerException e) {
        log.debug("Cannot read a chunk of an upload at {}", source, e);
      }
    }
    return Optional.empty();
  }

  /**
   * Brings the chunks to nodes that are about to record a version. A node that cannot get them all
   * says so when it is asked to record it.
   */
  void bring(Seen seen, List<ChunkRef> refs, List<String> targets) {
    List<ChunkRef> distinct = List.copyOf(new LinkedHashSet<>(refs));
    List<String> sources = nodes.up(seen.lease().nodes());
    var _ =
        nodes.ask(
            targets,
            replica -> {
              List<ChunkRef> lacking =
                  some(distinct, NAMES_AT_ONCE, part -> replica.unkept(seen.id(), part));
              return some(lacking, READ_AT_ONCE, part -> replica.pull(part, sources));
            });
  }

  private List<String> requireNodes(Seen seen) {
    List<String> up = nodes.up(seen.lease().nodes());
    if (up.size() < seen.lease().quorum()) {
      throw tooFew(seen, up.size());
    }
    return up;
  }

  private static ObjectException tooFew(Seen seen, int up) {
    return refused(new UploadRefusal.TooFewNodes(up, seen.lease().nodes(), seen.lease().quorum()));
  }

  private static ObjectException refused(UploadRefusal why) {
    return new ObjectException.UploadRefused(why);
  }

  private static List<ChunkRef> without(List<ChunkRef> refs, List<ChunkRef> others) {
    Set<ChunkRef> gone = new HashSet<>(others);
    return refs.stream().filter(ref -> !gone.contains(ref)).toList();
  }

  /** The answers of several calls, one behind the other. */
  private static <T> List<ChunkRef> some(
      List<T> all, int atOnce, Function<List<T>, List<ChunkRef>> call) {
    List<ChunkRef> answers = new ArrayList<>();
    for (int at = 0; at < all.size(); at += atOnce) {
      answers.addAll(call.apply(all.subList(at, Math.min(all.size(), at + atOnce))));
    }
    return answers;
  }
}
