/**
 * Real nodes in network namespaces of their own, faults by a schedule that is made from a seed, and
 * clients whose histories are judged. {@code docs/reliability.md} tells how to run it and how to
 * read what it leaves behind.
 *
 * <p>{@link dev.holdfast.cli.it.nemesis.NemesisRun} is the whole story of a run. {@link
 * dev.holdfast.cli.it.nemesis.Workload} is what there is to implement for something else that the
 * service offers, {@link dev.holdfast.cli.it.nemesis.FaultKind} and {@link
 * dev.holdfast.cli.it.nemesis.Faults} for another fault, {@link
 * dev.holdfast.cli.it.nemesis.Agreement} for something else to agree through.
 */
@NullMarked
package dev.holdfast.cli.it.nemesis;

import org.jspecify.annotations.NullMarked;
