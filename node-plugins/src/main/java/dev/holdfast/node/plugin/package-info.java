/**
 * Plugins: finding, checking, isolating, calling and installing them.
 *
 * <p>Read in this order: {@link dev.holdfast.node.plugin.PluginLoader} (what happens at start),
 * {@code PluginFolder} and {@link dev.holdfast.node.plugin.PluginDescriptor} (checks before any
 * class loads), {@code PluginClassLoader} (what a plugin sees), {@code PluginThreads} (where its
 * code runs, with a deadline), {@code GuardedPlacement} and {@code GuardedMerge} (how its answers
 * are used), {@link dev.holdfast.node.plugin.PluginInstaller} (from zip to folder). No sandbox is
 * claimed: a plugin has the rights of the node.
 */
@NullMarked
package dev.holdfast.node.plugin;

import org.jspecify.annotations.NullMarked;
