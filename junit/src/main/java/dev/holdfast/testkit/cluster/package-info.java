/**
 * Clusters of real node processes, for tests that kill, pause and restart them. {@link
 * dev.holdfast.testkit.cluster.LocalCluster#builder()} is where to start; {@link
 * dev.holdfast.testkit.cluster.LocalNode} is one of its nodes, {@link
 * dev.holdfast.testkit.cluster.LocalProcess} any process and the faults that it can meet.
 */
@NullMarked
package dev.holdfast.testkit.cluster;

import org.jspecify.annotations.NullMarked;
