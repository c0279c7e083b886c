// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.node.cluster.ClusterMessages.Identity;
import dev.holdfast.node.cluster.ClusterMessages.WhoAreYou;
import dev.holdfast.node.data.DataFolder;
import dev.holdfast.node.data.Founder;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.peer.PeerNetwork;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out which cluster this data folder belongs to, before the coordinator opens.
 *
 * <p>A founding needs <b>all</b> founders: each hears the incarnation of every other one, and the
 * id of the cluster is a hash of them. So no majority of emptied disks can found a second cluster
 * under the old name (R2): whoever still remembers answers with the cluster that is there, and the
 * emptied node joins it as a new incarnation without a vote. A node that lost only its
 * coordinator's state knows whom it was together with: before it founds again, all of them must
 * have forgotten.
 */
public final class Founding {
  private static final Logger LOG = LoggerFactory.getLogger(Founding.class);
  private static final Duration ASK_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final long REPORT_EVERY_ROUNDS = 50;

  private final PeerNetwork peers;
  private final DataFolder data;
  private final Founder self;
  private final String coordinator;
  private final Map<String, String> founderPeers;

  /** Whether a list of founders was given that names no other node. */
  private final boolean foundsAlone;

  private final List<String> joinPeers;
  private final Discovery discovery;

  /**
   * @param coordinator that this node is configured with
   * @param founderPeers peer addresses by node id, with or without this node, alone for a cluster
   *     of one; empty to join
   * @param joinPeers peer addresses of a running cluster
   * @param discovery of further ones; alone, it means to join
   */
  public Founding(
      PeerNetwork peers,
      DataFolder data,
      Founder self,
      String coordinator,
      Map<String, String> founderPeers,
      List<String> joinPeers,
      Discovery discovery) {
    this.discovery = discovery;
    this.peers = peers;
    this.data = data;
    this.self = self;
    this.coordinator = coordinator;
    this.founderPeers = new TreeMap<>(founderPeers);
    this.founderPeers.remove(self.id());
    this.foundsAlone = !founderPeers.isEmpty() && this.founderPeers.isEmpty();
    this.joinPeers = List.copyOf(joinPeers);
    peers.serve(WhoAreYou.class, (from, question) -> identity());
  }

  private Identity identity() {
    return new Identity(self, data.cluster(), data.founders(), coordinator);
  }

  /**
   * Blocks until the folder is bound to a cluster, durably.
   *
   * @throws CoordinatorMismatchException when another node has another coordinator
   * @throws NoClusterNamedException when nothing says which cluster this node belongs to
   * @throws InterruptedException when the node is stopped meanwhile
   */
  public void resolve() throws InterruptedException {
    if (data.cluster() != null) {
      warnOfAnotherList();
      return;
    }
    Set<String> founders = founders();
    boolean founds = founders.contains(self.id());
    Map<String, Founder> heard = new TreeMap<>(Map.of(self.id(), self));
    Set<String> silent = new LinkedHashSet<>(data.knownPeers());
    for (long round = 0; ; round++) {
      for (String address : addresses()) {
        Identity answer = ask(address);
        if (answer == null) {
          continue;
        }
        requireSameCoordinator(answer, address);
        if (answer.cluster() != null) {
          adopt(answer);
          return;
        }
        silent.remove(address);
        if (founders.contains(answer.node().id())) {
          heard.put(answer.node().id(), answer.node());
        }
      }
      if (founds && silent.isEmpty() && heard.size() == founders.size()) {
        found(new ArrayList<>(heard.values()));
        return;
      }
      if (round % REPORT_EVERY_ROUNDS == REPORT_EVERY_ROUNDS - 1) {
        report(founders, heard, silent);
      }
      LockSupport.parkNanos(PAUSE.toNanos());
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }

  /** A list that came too late changes nothing, and whoever wrote it believes otherwise. */
  private void warnOfAnotherList() {
    Set<String> founded = new TreeSet<>(data.founders().stream().map(Founder::id).toList());
    Set<String> named = new TreeSet<>(founderPeers.keySet());
    named.add(self.id());
    boolean given = foundsAlone || !founderPeers.isEmpty();
    if (given && !founded.isEmpty() && !founded.equals(named)) {
      LOG.warn(
          "cluster.found names {}, and this node belongs to cluster {}, which {} founded: the list is"
              + " ignored. To found the other cluster, stop all of its nodes and start them with"
              + " empty data folders; what is in {} is lost then",
          named,
          data.cluster(),
          founded,
          data.root());
    }
  }

  /**
   * Two backends under one cluster's id would each have a state of their own: whoever forgot to
   * change the configuration of one node, or to empty it, is told before anything is bound.
   */
  private void requireSameCoordinator(Identity other, String address) {
    if (!other.coordinator().equals(coordinator)) {
      throw new CoordinatorMismatchException(
          ("%s at %s has coordinator: %s%s, and %s has coordinator: %s. Nothing was changed. Set the"
                  + " same on all nodes. To move from one to the other, stop %s too, and move its"
                  + " folder \"coordinator\" away: docs/concepts/coordinators.md, \"From one to the"
                  + " other\".")
              .formatted(
                  other.node().id(),
                  address,
                  other.coordinator(),
                  other.cluster() == null ? "" : " of cluster " + other.cluster(),
                  self.id(),
                  coordinator,
                  other.node().id()));
    }
  }

  private Set<String> addresses() {
    Set<String> all = new LinkedHashSet<>(joinPeers);
    all.addAll(data.knownPeers());
    all.addAll(founderPeers.values());
    all.addAll(discovery.addresses());
    return all;
  }

  /** Who founds, all together; nobody when this node is to join. */
  private Set<String> founders() {
    if (!joinPeers.isEmpty()) {
      return Set.of();
    }
    if (!founderPeers.isEmpty()) {
      Set<String> all = new TreeSet<>(founderPeers.keySet());
      all.add(self.id());
      return all;
    }
    if (!data.formerIncarnations().isEmpty()) {
      return Set.copyOf(data.formerFounders());
    }
    if (foundsAlone) {
      return Set.of(self.id());
    }
    if (!discovery.isConfigured()) {
      throw new NoClusterNamedException(
          ("%s has an empty data folder %s, and nothing says which cluster it belongs to. Name all"
                  + " founders on each of them with --found ID=HOST:PEERPORT,... (cluster.found; for"
                  + " a cluster of one, itself alone), or members of a running cluster with --join"
                  + " HOST:PEERPORT,... (cluster.join).")
              .formatted(self.id(), data.root()));
    }
    return Set.of();
  }

  private void report(Set<String> founders, Map<String, Founder> heard, Set<String> silent) {
    if (!founders.contains(self.id())) {
      LOG.info("Waiting for a member at {}", addresses());
      return;
    }
    Set<String> missing = new TreeSet<>(founders);
    missing.removeAll(heard.keySet());
    if (silent.isEmpty()) {
      LOG.info("Waiting for {}", missing);
    } else {
      LOG.info(
          "Waiting for founders {}, and for all members that were known, at {}: one of them may"
              + " remember the cluster. Start them, with an empty data folder if a disk is lost",
          missing,
          silent);
    }
  }

  private @org.jspecify.annotations.Nullable Identity ask(String address) {
    try {
      return peers.callAddress(address, new WhoAreYou(self), ASK_TIMEOUT);
    } catch (PeerException e) {
      LOG.debug("{} does not answer: {}", address, e.getMessage());
      return null;
    }
  }

  /** The cluster is there: as one of its founders when it knows this very incarnation, else new. */
  private void adopt(Identity member) {
    String cluster = java.util.Objects.requireNonNull(member.cluster());
    boolean founder = member.founders().contains(self);
    data.bind(cluster, founder ? member.founders() : List.of());
    LOG.info("{} cluster {} of {}", founder ? "Founded" : "Joining", cluster, member.node().id());
  }

  private void found(List<Founder> founders) {
    String cluster = clusterId(founders);
    data.bind(cluster, founders);
    LOG.info("Founded cluster {} of {}", cluster, founders.stream().map(Founder::id).toList());
  }

  private static String clusterId(List<Founder> founders) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      for (Founder founder : founders) {
        sha.update(
            (founder.id() + ":" + founder.incarnation() + "\n").getBytes(StandardCharsets.UTF_8));
      }
      return HexFormat.of().formatHex(sha.digest(), 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }
}
