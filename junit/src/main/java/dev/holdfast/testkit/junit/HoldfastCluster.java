// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives a test class one running cluster of node processes, for all its tests.
 *
 * <pre>{@code
 * @HoldfastCluster(nodes = 3)
 * class PrinterTest {
 *   @Test
 *   void printsOnceThoughTheLeaderDies(LocalCluster cluster, List<URI> servers) { ... }
 * }
 * }</pre>
 *
 * <p>Parameters of type {@code LocalCluster} or {@code List<URI>} (the api addresses) are filled
 * in, also those of constructors and {@code @BeforeAll}. A test that stops nodes starts them again.
 * When a test fails, the ends of the nodes' logs are printed and the logs are kept in {@code
 * target/holdfast-logs}.
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(HoldfastExtension.class)
public @interface HoldfastCluster {
  /** 1 to 10. */
  int nodes() default 3;

  /** The largest heap of each node. */
  String heap() default "256m";

  /** More flags for the JVM of each node; they win over {@code HOLDFAST_JVM_OPTS}. */
  String[] jvmFlags() default {};

  /** Keys of the nodes' configuration, each {@code key=value}. */
  String[] options() default {};
}
