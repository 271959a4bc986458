"""Every private hook of Textual. `tests/ui/terminal/test_textual_patches.py` lists them, each with its reason.

hooks            single attributes: hand an event on, keys of one widget, copy without keeping
ordered          keys of a burst in the order they came
type_ahead       keys typed before a screen is there wait for it
text_area        a TextArea whose undo, size and painting can be changed
broken_lines     Japanese is broken between letters, not inside words
cell_looks, terminal_frame, frame_app, line_diff, lazy_stylesheet
                 fewer bytes for the terminal, less work for the same looks
safe_app, control_filter
                 an error shows no secrets; no control character is painted
terminal_driver, terminal_input
                 whatever a terminal sends or does, the program goes on
"""
