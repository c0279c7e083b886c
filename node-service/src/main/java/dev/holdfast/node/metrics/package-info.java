/** What an operator reads: figures for Prometheus, and whether this node lives and is ready. */
@NullMarked
package dev.holdfast.node.metrics;

import org.jspecify.annotations.NullMarked;
