/** The JUnit 5 extension: {@link dev.holdfast.testkit.junit.HoldfastCluster} on a test class. */
@NullMarked
package dev.holdfast.testkit.junit;

import org.jspecify.annotations.NullMarked;
