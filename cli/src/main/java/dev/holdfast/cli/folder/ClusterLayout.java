// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.folder;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
 * @param labels {@code KEY=VALUE} of all nodes, {@code n2:KEY=VALUE} of one; null for none
 * @param settings of the configuration, written in the same way
 */
public record ClusterLayout(
    String product,
    int format,
    int port,
    int founders,
    int nodes,
    @Nullable String zookeeper,
    @Nullable List<String> labels,
    @Nullable List<String> settings) {
  public static final String OWN_ENSEMBLE = "local";
  static final String PRODUCT = "holdfast";
  static final int FORMAT = 1;
  public static final int DEFAULT_PORT = 7600;
  public static final int DEFAULT_NODES = 3;
  public static final int MOST_NODES = 15;
  public static final int STEP = 10;

  /** Of the cluster's own ensemble. */
  public static final int SERVERS = 3;

  private static final Pattern OF_ONE_NODE = Pattern.compile("(n[0-9]+):(.*)");

  public static ClusterLayout founding(int port, int nodes, @Nullable String zookeeper) {
    return new ClusterLayout(PRODUCT, FORMAT, port, nodes, nodes, zookeeper, null, null);
  }

  public ClusterLayout grownTo(int newNodes) {
    return new ClusterLayout(
        product, format, port, founders, newNodes, zookeeper, labels, settings);
  }

  /** With these labels and settings instead of the kept ones, where some are given. */
  public ClusterLayout with(List<String> newLabels, List<String> newSettings) {
    return new ClusterLayout(
        product,
        format,
        port,
        founders,
        nodes,
        zookeeper,
        newLabels.isEmpty() ? labels : List.copyOf(newLabels),
        newSettings.isEmpty() ? settings : List.copyOf(newSettings));
  }

  /** {@code k=v,k=v}, or empty. */
  public String labelsOf(NodeAddress node) {
    return String.join(",", of(node, labels));
  }

  public List<String> settingsOf(NodeAddress node) {
    return of(node, settings);
  }

  /** Those of all nodes first, so that those of one win. */
  private static List<String> of(NodeAddress node, @Nullable List<String> all) {
    Map<String, String> byKey = new LinkedHashMap<>();
    for (boolean ofOne : List.of(false, true)) {
      for (String one : all == null ? List.<String>of() : all) {
        Matcher matcher = OF_ONE_NODE.matcher(one);
        boolean named = matcher.matches();
        if (named == ofOne && (!named || matcher.group(1).equals(node.id()))) {
          String pair = named ? matcher.group(2) : one;
          byKey.put(pair.substring(0, pair.indexOf('=')), pair);
        }
      }
    }
    return List.copyOf(byKey.values());
  }

  /**
   * Checks a label or a setting.
   *
   * @return its key
   * @throws IllegalArgumentException when it is not {@code [NODE:]KEY=VALUE} of a node that is here
   */
  public String keyOf(String text) {
    Matcher matcher = OF_ONE_NODE.matcher(text);
    boolean named = matcher.matches();
    String pair = named ? matcher.group(2) : text;
    if (pair.indexOf('=') < 1) {
      throw new IllegalArgumentException(
          "'" + text + "' is not KEY=VALUE, or NODE:KEY=VALUE for one node");
    }
    if (named && addresses().stream().noneMatch(node -> node.id().equals(matcher.group(1)))) {
      throw new IllegalArgumentException(
          "'" + text + "' is for " + matcher.group(1) + ", and there are " + nodes + " nodes");
    }
    return pair.substring(0, pair.indexOf('='));
  }

  public boolean hasEnsemble() {
    return OWN_ENSEMBLE.equals(zookeeper);
  }

  /** Ports for clients of the ensemble's servers; each takes the next two as well. */
  public List<Integer> ensemblePorts() {
    return IntStream.range(0, SERVERS).mapToObj(server -> port + STEP * server + 3).toList();
  }

  /** Where the nodes find ZooKeeper; empty for Raft. */
  public String connect() {
    if (zookeeper == null) {
      return "";
    }
    return hasEnsemble()
        ? String.join(
            ",", ensemblePorts().stream().map(each -> NodeAddress.HOST + ":" + each).toList())
        : zookeeper;
  }

  public List<NodeAddress> addresses() {
    return IntStream.range(0, nodes)
        .mapToObj(i -> new NodeAddress("n" + (i + 1), port + STEP * i))
        .toList();
  }

  public boolean founded(NodeAddress node) {
    return addresses().indexOf(node) < founders;
  }

  /** {@code n1=127.0.0.1:7601,…}: the same list for every node and every start. */
  public String foundList() {
    return String.join(
        ",", addresses().stream().limit(founders).map(n -> n.id() + "=" + n.peer()).toList());
  }

  /** All of them: those that founded the cluster may be gone. */
  public String joinList() {
    return String.join(",", addresses().stream().map(NodeAddress::peer).toList());
  }

  /** Where clients find the nodes. */
  public List<URI> apis() {
    return addresses().stream().map(NodeAddress::api).toList();
  }
}
