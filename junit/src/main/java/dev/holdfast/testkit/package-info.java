/**
 * For tests of Holdfast and of what is built on it.
 *
 * <ul>
 *   <li>{@code testkit.memory}: the reference coordinator, with faults on demand.
 *   <li>{@code testkit.contract}: what every coordinator must pass.
 *   <li>{@code testkit.history}: what clients saw, and whether a correct service could have shown
 *       it.
 *   <li>{@code testkit.cluster}: clusters of real node processes.
 *   <li>{@code testkit.junit}: a JUnit 5 extension that gives a test such a cluster.
 * </ul>
 */
@NullMarked
package dev.holdfast.testkit;

import org.jspecify.annotations.NullMarked;
