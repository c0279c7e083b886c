// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Runs seeds by hand: {@code --seed S} one, {@code --seeds N} so many from that one (or from 1) on,
 * {@code --options "…"} with a frame other than the seed's own, {@code --trace} tells all that
 * happens.
 */
public final class Simulation {
  private static final long LIVENESS_NANOS = 90 * World.SECONDS;
  private static final long LOOK_NANOS = 100 * World.MILLIS;
  private static final Logger CLIENT_LOG = Logger.getLogger("dev.holdfast.client");

  static {
    // It warns of every connection that breaks.
    CLIENT_LOG.setLevel(Level.OFF);
  }

  private Simulation() {}

  /**
   * What a run came to.
   *
   * @param broken the promises that did not hold; empty for a good run
   */
  record Result(
      long seed,
      Options options,
      List<String> broken,
      String lastEvents,
      long traceHash,
      long virtualNanos,
      long grants,
      long overflows) {
    boolean isGood() {
      return broken.isEmpty();
    }

    /** What is needed to see it again. */
    String report() {
      return "%s%nseed %d, options \"%s\", %.1f virtual seconds%n%s%n"
          .formatted(
              lastEvents,
              seed,
              options,
              virtualNanos / 1e9,
              String.join(System.lineSeparator(), broken));
    }
  }

  static Result run(long seed) {
    return run(seed, Options.of(seed), new Rules(), false);
  }

  static Result run(long seed, Options options, Rules rules, boolean printing) {
    World world = new World(seed, options, printing);
    Judge judge = new Judge(world);
    Network network = new Network(world);
    Agreement agreement = new Agreement(world, rules, judge);
    TreeMap<String, SimulatedNode> nodes = new TreeMap<>();
    for (int i = 1; i <= options.nodes(); i++) {
      String name = "n" + i;
      nodes.put(name, new SimulatedNode(world, name, network, agreement, rules, judge, nodes));
    }
    agreement.onCommit(revision -> nodes.values().forEach(node -> node.agreement.hearSoon()));
    List<SimulatedClient> clients = new ArrayList<>();
    for (int i = 1; i <= options.clients(); i++) {
      boolean crowd = i == 1 && options.has(Fault.CROWD);
      clients.add(new SimulatedClient(world, "c" + i, network, nodes, rules, judge, crowd));
    }
    Chaos chaos = new Chaos(world, network, agreement, List.copyOf(nodes.values()), clients);
    nodes.values().forEach(node -> node.healthy(nodes.keySet()));
    nodes.values().forEach(SimulatedNode::start);
    clients.forEach(SimulatedClient::start);
    new SimulatedShell(world, "s1", network, nodes).start();
    new SimulatedScript(world, "r1", network, nodes, judge).start();
    chaos.begin();
    world.after(options.chaosSeconds() * World.SECONDS, chaos::end);
    boolean[] quiet = {false};
    lookForTheEnd(world, judge, clients, quiet);
    long limit = options.chaosSeconds() * World.SECONDS + LIVENESS_NANOS;
    List<String> broken = new ArrayList<>();
    try {
      while (broken.isEmpty() && !quiet[0] && world.now() < limit) {
        if (!world.step()) {
          throw new IllegalStateException("nothing is left to happen");
        }
        broken.addAll(judge.broken());
      }
    } catch (RuntimeException | AssertionError e) {
      broken.add(
          "no exceptions: " + e + " at " + Arrays.stream(e.getStackTrace()).limit(8).toList());
    }
    if (broken.isEmpty() && !quiet[0]) {
      broken.add("all is served in time: left are " + judge.leftovers());
      clients.forEach(client -> broken.add("  " + client.standing()));
    }
    return new Result(
        seed,
        options,
        broken,
        world.lastEvents(),
        world.traceHash(),
        world.now(),
        judge.grants(),
        judge.overflows());
  }

  private static void lookForTheEnd(
      World world, Judge judge, List<SimulatedClient> clients, boolean[] quiet) {
    world.after(
        LOOK_NANOS,
        () -> {
          quiet[0] =
              !world.chaos
                  && clients.stream().allMatch(SimulatedClient::isDone)
                  && judge.leftovers().isEmpty();
          lookForTheEnd(world, judge, clients, quiet);
        });
  }

  public static void main(String[] arguments) {
    long first = 1;
    long count = 1;
    boolean trace = false;
    @Nullable Options options = null;
    Rules rules = new Rules();
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--seed" -> first = Long.parseLong(arguments[++i]);
        case "--seeds" -> count = Long.parseLong(arguments[++i]);
        case "--options" -> options = Options.parse(arguments[++i]);
        case "--planted" -> rules = PlantedBug.valueOf(arguments[++i]).rules();
        case "--trace" -> trace = true;
        default -> throw new IllegalArgumentException("unknown: " + arguments[i]);
      }
    }
    int failed = 0;
    long virtualNanos = 0;
    long grants = 0;
    long begun = System.nanoTime();
    for (long seed = first; seed < first + count; seed++) {
      Result result = run(seed, options == null ? Options.of(seed) : options, rules, trace);
      virtualNanos += result.virtualNanos();
      grants += result.grants();
      if (!result.isGood()) {
        failed++;
        System.out.println(result.report());
      }
    }
    System.out.printf(
        "%d of %d seeds failed; %d grants in %.0f virtual seconds; %.1f s%n",
        failed, count, grants, virtualNanos / 1e9, (System.nanoTime() - begun) / 1e9);
    if (failed > 0) {
      System.exit(1);
    }
  }
}
