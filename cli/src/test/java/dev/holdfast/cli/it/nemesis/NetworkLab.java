// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One network namespace a node, all on one bridge, on which this machine has an address too: a rule
 * of one node's namespace is met by all that reaches that node and by nothing else. Needs root.
 *
 * <p>Its names carry the id of this process, so that several can run on one machine, and what a
 * killed one left behind is removed by the next. Thread-safe.
 */
final class NetworkLab implements AutoCloseable {
  private static final String PREFIX = "hf";
  private static final int SUBNETS = 250;

  private static int count;

  private final String name;
  private final int subnet;
  private final int nodes;

  /** By node, by fault: lines of nft. */
  private final Map<Integer, Map<String, List<String>>> rules = new HashMap<>();

  private NetworkLab(String name, int subnet, int nodes) {
    this.name = name;
    this.subnet = subnet;
    this.nodes = nodes;
  }

  /** Why there can be none here; empty when there can. */
  static Optional<String> obstacle() {
    return obstacle(
        List.of("ip", "nft", "strace"),
        List.of("unshare", "--net", "nft", "add table inet holdfast"));
  }

  /** As {@link #obstacle}, of a test that only cuts nodes from each other. */
  static Optional<String> obstacleToCuts() {
    return obstacle(List.of("ip"), List.of("unshare", "--net", "ip", "link", "show"));
  }

  private static Optional<String> obstacle(List<String> programs, List<String> trial) {
    if (!"root".equals(System.getProperty("user.name"))) {
      return Optional.of("network namespaces need root");
    }
    for (String program : programs) {
      if (!Shell.has(program)) {
        return Optional.of(program + " is not installed");
      }
    }
    Shell.Result tried = Shell.run("", trial);
    return tried.code() == 0
        ? Optional.empty()
        : Optional.of("no network namespace can be made here: " + tried.output());
  }

  static synchronized NetworkLab create(int nodes) {
    removeLeftOvers();
    // The kernel takes its time to remove what is closed: each has a name of its own.
    String name = PREFIX + ProcessHandle.current().pid() + (char) ('a' + count++ % 26);
    NetworkLab lab = new NetworkLab(name, freeSubnet(), nodes);
    try {
      lab.build();
      return lab;
    } catch (RuntimeException e) {
      lab.close();
      throw e;
    }
  }

  private static int freeSubnet() {
    String used = Shell.must("ip -o -4 addr show");
    int first = (int) (ProcessHandle.current().pid() % SUBNETS);
    for (int i = 0; i < SUBNETS; i++) {
      int subnet = (first + i) % SUBNETS;
      if (!used.contains(" 10.213." + subnet + ".")) {
        return subnet;
      }
    }
    throw new IllegalStateException("All of 10.213.0.0/16 is in use");
  }

  private void build() {
    Shell.must("ip link add " + name + " type bridge");
    Shell.must("ip addr add 10.213." + subnet + ".254/24 dev " + name);
    Shell.must("ip link set " + name + " up");
    for (int node = 0; node < nodes; node++) {
      String space = space(node);
      String outside = name + "v" + node;
      Shell.must("ip netns add " + space);
      Shell.must("ip link add " + outside + " type veth peer name e0 netns " + space);
      Shell.must("ip link set " + outside + " master " + name + " up");
      Shell.must("ip -n " + space + " addr add " + address(node) + "/24 dev e0");
      Shell.must("ip -n " + space + " link set lo up");
      Shell.must("ip -n " + space + " link set e0 up");
    }
  }

  private static void removeLeftOvers() {
    List<String> found = new ArrayList<>();
    Shell.must("ip netns list").lines().map(line -> line.split(" ", 2)[0]).forEach(found::add);
    for (String space : found) {
      if (space.matches(PREFIX + "[0-9]+[a-z]-[0-9]+") && isLeftOver(space.split("-", 2)[0])) {
        var _ = Shell.run("", List.of("ip", "netns", "del", space));
      }
    }
    for (String line : Shell.must("ip -o link show type bridge").lines().toList()) {
      String bridge = line.split(": ", 3)[1];
      if (bridge.matches(PREFIX + "[0-9]+[a-z]") && isLeftOver(bridge)) {
        var _ = Shell.run("", List.of("ip", "link", "del", bridge));
      }
    }
  }

  private static boolean isLeftOver(String name) {
    return !Files.exists(Path.of("/proc", name.substring(PREFIX.length(), name.length() - 1)));
  }

  int nodes() {
    return nodes;
  }

  String cidr() {
    return "10.213." + subnet + ".0/24";
  }

  String address(int node) {
    return "10.213." + subnet + "." + (node + 1);
  }

  String space(int node) {
    return name + "-" + (node + 1);
  }

  /** What is put before a command so that it runs where this node does. */
  String[] runner(int node) {
    return new String[] {"ip", "netns", "exec", space(node)};
  }

  /**
   * Adds rules for what reaches a node, until {@link #heal} of the same fault.
   *
   * @param lines of nft, such as {@code ip saddr 10.213.7.2 drop}
   */
  synchronized void rule(String fault, int node, List<String> lines) {
    rules.computeIfAbsent(node, _ -> new LinkedHashMap<>()).put(fault, lines);
    apply(node);
  }

  synchronized void heal(String fault) {
    for (int node = 0; node < nodes; node++) {
      Map<String, List<String>> own = rules.get(node);
      if (own != null && own.remove(fault) != null) {
        apply(node);
      }
    }
  }

  /** Until {@link #mend}, nothing passes between two nodes, in either direction. */
  void cut(int one, int other) {
    Shell.must("ip -n " + space(one) + " route add blackhole " + address(other));
    Shell.must("ip -n " + space(other) + " route add blackhole " + address(one));
  }

  void mend(int one, int other) {
    Shell.must("ip -n " + space(one) + " route del blackhole " + address(other));
    Shell.must("ip -n " + space(other) + " route del blackhole " + address(one));
  }

  private void apply(int node) {
    StringBuilder text = new StringBuilder("flush ruleset\n");
    text.append("table inet nemesis {\n chain input {\n  type filter hook input priority 0;\n");
    rules
        .getOrDefault(node, Map.of())
        .values()
        .forEach(lines -> lines.forEach(line -> text.append("  ").append(line).append('\n')));
    text.append(" }\n}\n");
    Shell.must(text.toString(), "ip netns exec " + space(node) + " nft -f -");
  }

  /** All processes in it must have ended. */
  @Override
  public void close() {
    for (int node = 0; node < nodes; node++) {
      var _ = Shell.run("", List.of("ip", "link", "del", name + "v" + node));
      var _ = Shell.run("", List.of("ip", "netns", "del", space(node)));
    }
    var _ = Shell.run("", List.of("ip", "link", "del", name));
  }
}
