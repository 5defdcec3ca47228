"""What people look at: one page of what an environment is and what was measured of it.

`build` puts it together from the environment and the history, as `parts`: `tables` makes its
tables, `plots` its pictures, drawn with `svg`. `page` writes it as HTML, `markdown` as Markdown;
`files` puts them, and the pictures as PNG, where they are wanted. It opens no connection.
"""
