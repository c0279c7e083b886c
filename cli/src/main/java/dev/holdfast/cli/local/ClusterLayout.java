package dev.holdfast.cli.local;

import java.net.URI;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What {@code cluster.json} keeps of a local cluster: enough to start it again as it was.
 *
 * @param product always {@code holdfast}: the mark that this folder is ours
 * @param format of this file
 * @param port of the first node's API; the next nodes follow in steps of ten
 * @param founders how many nodes founded the cluster; those that came later join it
 * @param nodes how many there are now
 * @param zookeeper the servers that the cluster agrees through, {@link #OWN_ENSEMBLE} for three
 *     beside the nodes, null for Raft
 */
public record ClusterLayout(
    String product, int format, int port, int founders, int nodes, @Nullable String zookeeper) {
  static final String OWN_ENSEMBLE = "local";
  static final String PRODUCT = "holdfast";
  static final int FORMAT = 1;
  static final int DEFAULT_PORT = 7600;
  static final int DEFAULT_NODES = 3;
  static final int MOST_NODES = 15;
  static final int STEP = 10;

  static ClusterLayout founding(int port, int nodes, @Nullable String zookeeper) {
    return new ClusterLayout(PRODUCT, FORMAT, port, nodes, nodes, zookeeper);
  }

  ClusterLayout grownTo(int newNodes) {
    return new ClusterLayout(product, format, port, founders, newNodes, zookeeper);
  }

  boolean hasEnsemble() {
    return OWN_ENSEMBLE.equals(zookeeper);
  }

  /** Where the nodes find ZooKeeper; empty for Raft. */
  String connect() {
    if (zookeeper == null) {
      return "";
    }
    return hasEnsemble() ? EnsembleServer.connect(LocalEnsemble.addresses(this)) : zookeeper;
  }

  List<NodeAddress> addresses() {
    return IntStream.range(0, nodes)
        .mapToObj(i -> new NodeAddress("n" + (i + 1), port + STEP * i))
        .toList();
  }

  boolean founded(NodeAddress node) {
    return addresses().indexOf(node) < founders;
  }

  /** {@code n1=127.0.0.1:7601,…}: the same list for every node and every start. */
  String foundList() {
    return String.join(
        ",", addresses().stream().limit(founders).map(n -> n.id() + "=" + n.peer()).toList());
  }

  /** All of them: those that founded the cluster may be gone. */
  String joinList() {
    return String.join(",", addresses().stream().map(NodeAddress::peer).toList());
  }

  /** Where clients find the nodes. */
  public List<URI> apis() {
    return addresses().stream().map(NodeAddress::api).toList();
  }
}
