/**
 * The configuration of a node: one table of keys ({@link dev.holdfast.node.config.ConfigKeys}),
 * three sources of values, one typed result; and the set-up of the log.
 */
@NullMarked
package dev.holdfast.node.config;

import org.jspecify.annotations.NullMarked;
