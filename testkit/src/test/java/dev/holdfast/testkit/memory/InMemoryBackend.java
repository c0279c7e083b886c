// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.memory;

import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.testkit.contract.Backend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Nodes of one in-memory cluster, each perhaps wrapped in something broken. */
public final class InMemoryBackend implements Backend {
  private final InMemoryCluster cluster = InMemoryCluster.realTime(Duration.ofMillis(500));
  private final List<HeldAnswers> answers = new ArrayList<>();
  private final List<Coordinator> nodes = new ArrayList<>();
  private final UnaryOperator<Coordinator> wrap;
  private final Duration deadline;

  public InMemoryBackend(int nodes) {
    this(nodes, UnaryOperator.identity(), Duration.ofSeconds(20));
  }

  public InMemoryBackend(int nodes, UnaryOperator<Coordinator> wrap, Duration deadline) {
    this.wrap = wrap;
    this.deadline = deadline;
    for (int i = 0; i < nodes; i++) {
      this.answers.add(new HeldAnswers(cluster.open(nodeId(i))));
      this.nodes.add(wrap.apply(answers.get(i)));
    }
  }

  private static String nodeId(int index) {
    return "n" + (index + 1);
  }

  @Override
  public int nodes() {
    return nodes.size();
  }

  @Override
  public Coordinator node(int index) {
    return nodes.get(index);
  }

  @Override
  public Duration deadline() {
    return deadline;
  }

  @Override
  public boolean canRestart() {
    return true;
  }

  @Override
  public void stop(int index) {
    nodes.get(index).close();
  }

  @Override
  public void start(int index) {
    answers.set(index, new HeldAnswers(cluster.open(nodeId(index))));
    nodes.set(index, wrap.apply(answers.get(index)));
  }

  @Override
  public boolean canEndLease() {
    return true;
  }

  @Override
  public void endLease(int index) {
    cluster.endLease(nodeId(index));
  }

  @Override
  public boolean canLoseAnswers() {
    return true;
  }

  @Override
  public void loseNextAnswer(int index, boolean applied) {
    cluster.nextCommit(
        nodeId(index), applied ? CommitFate.UNKNOWN_APPLIED : CommitFate.UNKNOWN_NOT_APPLIED);
  }

  @Override
  public boolean canHoldAnswers() {
    return true;
  }

  @Override
  public void holdAnswers(int index) {
    answers.get(index).hold();
  }

  @Override
  public void dropAnswers(int index) {
    answers.get(index).drop();
  }

  @Override
  public void close() {
    cluster.close();
  }
}
