"""Was this action asked for by someone who may ask, or did content cause it?"""
